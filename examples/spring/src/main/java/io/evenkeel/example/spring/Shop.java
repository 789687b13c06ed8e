package io.evenkeel.example.spring;

import static java.util.Objects.requireNonNull;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command line of the example. */
@Command(
    name = "examples/demo --spring",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = {
      "Starts a shop that calls three instances of a service and two of another by name, and visitors"
          + " of the shop. An instance is ended at once, and started again. Ends with 0 if no"
          + " visitor noticed."
    })
final class Shop implements Callable<Integer> {
  private static final int ORDERS = 3;
  private static final int PRICES = 2;

  @Option(
      names = "--seconds",
      defaultValue = "30",
      description = "How long visitors come. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--rate",
      defaultValue = "50",
      description = "Visitors per second. Default: ${DEFAULT-VALUE}.")
  private int rate;

  @Option(
      names = "--port",
      defaultValue = "8080",
      description = "Of the shop, on loopback; 0 for any. Default: ${DEFAULT-VALUE}.")
  private int port;

  @Spec private @Nullable CommandSpec spec;

  public static void main(String... args) {
    System.exit(new CommandLine(new Shop()).execute(args));
  }

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = commandLine().getOut();
    expect(seconds >= 3 && seconds <= 3600, "--seconds", seconds, "3..3600");
    expect(rate >= 1 && rate <= 1000, "--rate", rate, "1..1000");
    out.println("starting " + (ORDERS + PRICES) + " instances of services, and the shop...");
    out.flush();
    try (Fleet orders = new Fleet("orders", ORDERS);
        Fleet prices = new Fleet("prices", PRICES);
        ConfigurableApplicationContext shop = start(orders, prices, port)) {
      String url = "http://127.0.0.1:" + shop.getEnvironment().getProperty("local.server.port");
      out.println("shop: " + url + "/cart/17");
      out.println("page: " + url + "/actuator/loadbalancers/ui");
      out.flush();
      return visited(url, orders, out);
    }
  }

  static ConfigurableApplicationContext start(Fleet orders, Fleet prices, int port) {
    return ShopApplication.builder()
        .properties(
            "example.orders=" + orders.endpoints(),
            "example.prices=" + prices.endpoints(),
            "server.port=" + port)
        .run();
  }

  /** A third of the time with all, a third with one less, and a third with all again. */
  private int visited(String url, Fleet orders, PrintWriter out) throws InterruptedException {
    Visitors visitors = new Visitors(url, rate);
    try (visitors) {
      third(visitors, out, "all are there");
      orders.stop(0);
      third(visitors, out, orders.name(0) + " was ended");
      orders.restart(0);
      third(visitors, out, orders.name(0) + " is back");
    }
    out.println(visitors.served() + " visitors were served, " + visitors.failed() + " were not");
    out.flush();
    return visitors.failed() == 0 && visitors.served() > 0 ? 0 : 1;
  }

  private void third(Visitors visitors, PrintWriter out, String what) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(seconds * 1000L / 3);
    out.printf("%s: %d served, %d not%n", what, visitors.served(), visitors.failed());
    out.flush();
  }

  private CommandLine commandLine() {
    return requireNonNull(spec, "spec").commandLine();
  }

  private void expect(boolean fine, String option, int value, String range) {
    if (!fine) {
      throw new CommandLine.ParameterException(
          commandLine(), option + ": " + value + " (expected: " + range + ")");
    }
  }
}
