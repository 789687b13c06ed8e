package io.evenkeel.lb.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.okhttp.BalancerInterceptor;
import io.evenkeel.lb.strategy.LeastLoad;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;

/** From a servlet to the meter of a client's node. */
class EndToEndTest {
  private static final class Listening implements LoadMetric, LoadMeter {
    final List<LoadReport> heard = new CopyOnWriteArrayList<>();
    final List<Integer> own = new CopyOnWriteArrayList<>();

    @Override
    public LoadMeter newMeter(Endpoint endpoint, double typicalLoad, long nowNanos) {
      return this;
    }

    @Override
    public double load(int inFlight, long recentNanos) {
      return inFlight + 1.0;
    }

    @Override
    public void record(Outcome outcome, long latencyNanos, long nowNanos) {
      // Only reports matter here.
    }

    @Override
    public void report(LoadReport report, int inFlight, long nowNanos) {
      heard.add(report);
      own.add(inFlight);
    }
  }

  private static final class Page extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws java.io.IOException {
      response.getWriter().print("page");
    }
  }

  @Test
  void aClientHearsOfTheServersLoad() throws Exception {
    Server server = new Server(0);
    ServletContextHandler context = new ServletContextHandler();
    context.addFilter(LoadReportFilter.class, "/*", EnumSet.of(DispatcherType.REQUEST));
    context.addServlet(new ServletHolder(new Page()), "/*");
    server.setHandler(context);
    server.start();
    int port = ((ServerConnector) server.getConnectors()[0]).getLocalPort();
    Listening listening = new Listening();
    try (Balancer orders =
        Balancer.builder("orders")
            .source(EndpointSource.of(Endpoint.of("localhost", port)))
            .strategy(LeastLoad.of(listening))
            .build()) {
      OkHttpClient client =
          BalancerInterceptor.of(orders).install(new OkHttpClient.Builder()).build();
      for (int i = 0; i < 3; i++) {
        Request request = new Request.Builder().url("http://orders/").build();
        try (Response response = client.newCall(request).execute()) {
          assertThat(response.body().string()).isEqualTo("page");
        }
      }
      assertThat(listening.heard).hasSize(3).allMatch(report -> report.inFlight() == 1);
      assertThat(listening.heard.get(2).latencyNanos()).isPositive();
      assertThat(listening.own).containsOnly(1);
    } finally {
      server.stop();
    }
  }
}
