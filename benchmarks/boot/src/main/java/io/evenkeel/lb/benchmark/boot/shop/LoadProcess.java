package io.evenkeel.lb.benchmark.boot.shop;

import static java.util.Arrays.setAll;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.testkit.rig.LoadResult;
import io.evenkeel.lb.testkit.rig.OpenLoopLoad;
import io.evenkeel.lb.testkit.rig.Reply;
import io.evenkeel.lb.testkit.rig.ServerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.client.RestClient;

/**
 * An application under load, the main class of a process of its own. Prints {@link Figure}s.
 *
 * <p>Arguments: the class of the application, an {@link Incident}, and for how many milliseconds
 * there is load, once it has settled.
 */
public final class LoadProcess {
  private static final double RATE = Incident.RATE;

  /** More than can be waiting at the slowest server of all. */
  private static final int THREADS = 700;

  private static final Duration WARM_UP = Duration.ofMillis(1200);

  /** In which the threads of the load start, connections are made and balancers learn. */
  private static final Duration SETTLING = Duration.ofSeconds(1);

  private final Class<?> application;
  private final List<ServerProcess> servers;

  private LoadProcess(Class<?> application, List<ServerProcess> servers) {
    this.application = application;
    this.servers = servers;
  }

  /** Runs it. */
  public static void main(String[] args) throws ClassNotFoundException, InterruptedException {
    Class<?> application = Class.forName(args[0]);
    Incident incident = Incident.valueOf(args[1]);
    Duration time = Duration.ofMillis(Long.parseLong(args[2]));
    List<ServerProcess> servers = incident.start();
    try {
      LoadProcess process = new LoadProcess(application, servers);
      process.warmUp();
      process.measure(incident, time);
    } finally {
      servers.forEach(ServerProcess::close);
    }
    // The client of the JDK has threads that are no daemons.
    System.exit(0);
  }

  /**
   * Runs code until it is compiled: that of all servers, past any balancer, and that of an
   * application of its own, so that what is measured has learned nothing from it.
   */
  private void warmUp() throws InterruptedException {
    RestClient direct = RestClient.create();
    List<String> urls = servers.stream().map(LoadProcess::url).toList();
    LoadResult unused =
        load(WARM_UP)
            .build()
            .run(
                number ->
                    reply(
                        () ->
                            direct
                                .get()
                                .uri(urls.get((int) (number % urls.size())))
                                .retrieve()
                                .body(String.class)));
    try (ConfigurableApplicationContext context = start()) {
      Orders orders = context.getBean(Orders.class);
      unused = load(WARM_UP).build().run(number -> reply(() -> orders.order(number)));
    }
  }

  private void measure(Incident incident, Duration time) throws InterruptedException {
    try (ConfigurableApplicationContext context = start()) {
      Orders orders = context.getBean(Orders.class);
      long[] before = new long[servers.size()];
      LoadResult result =
          load(SETTLING.plus(time))
              .at(SETTLING, "settled", () -> setAll(before, i -> servers.get(i).requests()))
              .at(SETTLING.plus(time.dividedBy(3)), "incident", () -> incident.happen(servers))
              .build()
              .run(number -> reply(() -> orders.order(number)));
      Figure.print("chosenByEvenkeel", chosenByUs(context) ? 1 : 0);
      print(result.after("settled"));
      Figure.print("starvedShare", (double) result.starved() / result.count());
      for (int i = 0; i < before.length; i++) {
        double requests = servers.get(i).requests() - (double) before[i];
        Figure.print("requestsOfServer" + (i + 1), requests);
      }
    }
  }

  private static void print(LoadResult result) {
    int failed = result.failures() + result.unfinished();
    double seconds = seconds(result);
    Figure.print("p50Millis", millis(result, 0.5));
    Figure.print("p99Millis", millis(result, 0.99));
    Figure.print("p999Millis", millis(result, 0.999));
    Figure.print("goodPerSecond", result.count(Outcome.SUCCESS) / seconds);
    Figure.print("failed", failed);
    result.requests().stream()
        .filter(LoadResult.Request::failed)
        .limit(3)
        .forEach(System.out::println);
  }

  /** From when the first was due until the last had ended. */
  private static double seconds(LoadResult result) {
    long begin = result.requests().stream().mapToLong(LoadResult.Request::due).min().orElse(0);
    long end = result.requests().stream().mapToLong(LoadResult.Request::ended).max().orElse(0);
    return (end - begin) / 1e9;
  }

  private static double millis(LoadResult result, double share) {
    return result.quantile(share).toNanos() / 1e6;
  }

  private static OpenLoopLoad.Builder load(Duration time) {
    return OpenLoopLoad.builder(RATE).duration(time).threads(THREADS);
  }

  private interface Call {
    @Nullable Object make();
  }

  private static Reply reply(Call call) {
    try {
      Object unused = call.make();
      return new Reply(Reply.NOWHERE, Outcome.SUCCESS);
    } catch (RuntimeException e) {
      return new Reply(Reply.NOWHERE, Outcome.FAILURE, String.valueOf(e.getMessage()));
    }
  }

  /** The same properties for all; those of a library that is not there mean nothing. */
  private ConfigurableApplicationContext start() {
    List<String> arguments = new ArrayList<>(Settings.COMMON);
    for (int i = 0; i < servers.size(); i++) {
      arguments.add(Settings.instance(i, url(servers.get(i))));
    }
    return new SpringApplicationBuilder(application)
        .web(WebApplicationType.NONE)
        .run(arguments.toArray(String[]::new));
  }

  private static String url(ServerProcess server) {
    return "http://" + server.host() + ":" + server.port();
  }

  private boolean chosenByUs(ConfigurableApplicationContext context) {
    // Without Spring Cloud's client, "orders" is nobody's name but ours.
    return application != Shop.class
        || context
            .getBean(LoadBalancerClientFactory.class)
            .getInstance("orders")
            .getClass()
            .getName()
            .startsWith("io.evenkeel.");
  }
}
