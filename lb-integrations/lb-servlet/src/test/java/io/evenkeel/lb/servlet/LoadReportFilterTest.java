package io.evenkeel.lb.servlet;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.report.LoadHeaders;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against Jetty, with the filter before every kind of dispatch. */
class LoadReportFilterTest {
  private final AtomicLong nanos = new AtomicLong(1);
  private final LoadReportFilter filter = new LoadReportFilter(nanos::get);
  private final Pages pages = new Pages();
  private final Server server = new Server(0);
  private final HttpClient client = HttpClient.newHttpClient();

  /** What the server does, by path. */
  private final class Pages extends HttpServlet {
    private static final long serialVersionUID = 1;

    final transient Semaphore arrived = new Semaphore(0);
    final transient Semaphore released = new Semaphore(0);
    final transient BlockingQueue<AsyncContext> open = new LinkedBlockingQueue<>();

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws ServletException, IOException {
      switch (request.getPathInfo()) {
        case "/held" -> {
          arrived.release();
          released.acquireUninterruptibly();
          response.getWriter().print("held");
        }
        case "/streamed" -> {
          response.getWriter().print("a");
          response.flushBuffer();
          arrived.release();
          released.acquireUninterruptibly();
        }
        case "/async" -> open.add(request.startAsync());
        case "/twice" -> {
          if (request.getAttribute("twice") == null) {
            request.setAttribute("twice", true);
            request.startAsync().dispatch();
          } else {
            open.add(request.startAsync());
          }
        }
        // Jetty never ends a request whose time is up before its thread has let go of it.
        case "/timeout" -> request.startAsync().setTimeout(500);
        case "/thrown" -> throw new ServletException("on purpose");
        case "/forward" -> request.getRequestDispatcher("/quick").forward(request, response);
        case "/error" -> response.sendError(404);
        case "/redirect" -> response.sendRedirect("/quick");
        case "/slow" -> nanos.addAndGet(64_000_000);
        default -> response.setStatus(200);
      }
    }
  }

  @BeforeEach
  void start() throws Exception {
    ServletContextHandler context = new ServletContextHandler("/app");
    FilterHolder holder = new FilterHolder(filter);
    holder.setAsyncSupported(true);
    holder.setInitParameter(LoadReportFilter.PROBE_PATH, "/load");
    context.addFilter(holder, "/*", EnumSet.allOf(DispatcherType.class));
    ServletHolder servlet = new ServletHolder(pages);
    servlet.setAsyncSupported(true);
    context.addServlet(servlet, "/*");
    server.setHandler(context);
    server.start();
  }

  @AfterEach
  void stop() throws Exception {
    pages.released.release(1000);
    server.stop();
  }

  private URI uri(String path) {
    int port = ((ServerConnector) server.getConnectors()[0]).getLocalPort();
    return URI.create("http://localhost:" + port + "/app" + path);
  }

  private CompletableFuture<HttpResponse<String>> send(String path) {
    HttpRequest request = HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(30)).build();
    return client.sendAsync(request, BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path) {
    return send(path).join();
  }

  private static LoadReport report(HttpResponse<?> response) {
    LoadReport report =
        LoadHeaders.read(
            name -> response.headers().firstValue(name).orElse(null),
            problem -> {
              throw new AssertionError(problem);
            });
    assertThat(report).as("of %s", response).isNotNull();
    assertThat(response.headers().allValues("endpoint-load-metrics")).hasSize(1);
    return report;
  }

  private int inFlight(String path) {
    return report(get(path)).inFlight();
  }

  /** Jetty may send the last of a response before it says that an asynchronous one is complete. */
  private int onceCompleted() {
    int inFlight = inFlight("/quick");
    for (int i = 0; i < 1000 && inFlight > 1; i++) {
      inFlight = inFlight("/quick");
    }
    return inFlight;
  }

  @Test
  void requestsInFlightAreCountedWhenTheBodyBegins() throws Exception {
    CompletableFuture<HttpResponse<String>> first = send("/held");
    assertThat(pages.arrived.tryAcquire(10, SECONDS)).isTrue();
    List<CompletableFuture<HttpResponse<String>>> others = new ArrayList<>();
    List<AsyncContext> open = new ArrayList<>();
    for (int i = 0; i < 19; i++) {
      others.add(send("/async"));
      open.add(pages.open.poll(10, SECONDS));
    }
    assertThat(inFlight("/quick")).isEqualTo(21);
    // When it came there was none beside it.
    pages.released.release();
    assertThat(report(first.join()).inFlight()).isEqualTo(20);
    open.forEach(AsyncContext::complete);
    others.forEach(CompletableFuture::join);
    assertThat(onceCompleted()).isOne();
  }

  @Test
  void aResponseThatIsUnderWayIsInFlight() throws Exception {
    CompletableFuture<HttpResponse<String>> streamed = send("/streamed");
    assertThat(pages.arrived.tryAcquire(10, SECONDS)).isTrue();
    assertThat(inFlight("/quick")).isEqualTo(2);
    pages.released.release();
    assertThat(report(streamed.join()).inFlight()).isOne();
    assertThat(inFlight("/quick")).isOne();
  }

  @Test
  void anAsynchronousRequestIsInFlightUntilItIsCompleted() throws Exception {
    for (String path : List.of("/async", "/twice")) {
      CompletableFuture<HttpResponse<String>> response = send(path);
      AsyncContext open = pages.open.poll(10, SECONDS);
      assertThat(inFlight("/quick")).as(path).isEqualTo(2);
      open.complete();
      assertThat(report(response.join()).inFlight()).isOne();
      assertThat(onceCompleted()).isOne();
    }
    report(get("/timeout"));
    assertThat(onceCompleted()).isOne();
  }

  @Test
  void everyEndIsAnEndOnce() {
    for (String path : List.of("/thrown", "/error", "/forward", "/redirect", "/quick")) {
      assertThat(inFlight(path)).as(path).isOne();
      assertThat(inFlight("/quick")).as("after " + path).isOne();
    }
  }

  @Test
  void latencyIsAMeanOfRecentRequests() {
    assertThat(report(get("/quick")).latencyNanos()).isZero();
    get("/slow");
    assertThat(report(get("/quick")).latencyNanos()).isEqualTo(64_000_000);
    assertThat(report(get("/quick")).latencyNanos()).isEqualTo(60_000_000);
  }

  @Test
  void probesAreAnsweredAndNotCounted() throws Exception {
    CompletableFuture<HttpResponse<String>> held = send("/held");
    assertThat(pages.arrived.tryAcquire(10, SECONDS)).isTrue();
    HttpResponse<String> answer = get("/load?any");
    assertThat(answer.statusCode()).isEqualTo(204);
    assertThat(report(answer).inFlight()).isOne();
    pages.released.release();
    held.join();
    assertThat(inFlight("/load")).isZero();
  }

  @Test
  void aPathOfProbesBeginsWithASlash() throws Exception {
    FilterHolder holder = new FilterHolder(new LoadReportFilter());
    holder.setInitParameter(LoadReportFilter.PROBE_PATH, "load");
    ServletContextHandler context = new ServletContextHandler();
    context.addFilter(holder, "/*", EnumSet.of(DispatcherType.REQUEST));
    Server other = new Server(0);
    other.setHandler(context);
    assertThatThrownBy(other::start)
        .hasStackTraceContaining("probePath: load (expected: a path from / on)");
    other.stop();
  }
}
