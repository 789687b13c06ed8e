package io.evenkeel.lb.benchmark;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.testkit.ManualSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * How late the latest choices are while another thread replaces one endpoint of many, a hundred
 * times a second. Each choice is timed, by a reading of the clock before and after it, and so are
 * the same choices while nothing changes, and no choice at all: interruptions by the machine are in
 * all of them.
 *
 * <p>JMH's sampling would not do: when its buffer is full it halves how often each time was seen,
 * but none to never, so that those seen once end up as a share that is many times too large.
 */
public final class ChangeStudy implements Study {
  private static final int[] SIZES = {10, 1000};
  private static final Policy[] POLICIES = {
    Policy.IDLE_FIRST, Policy.ROUND_ROBIN, Policy.RING_HASH, Policy.MAGLEV, Policy.BOUNDED_MAGLEV
  };
  private static final Duration USUAL = Duration.ofSeconds(5);
  private static final Duration OF_QUICK = Duration.ofMillis(500);
  private static final Duration INTERVAL = Duration.ofMillis(10);
  private static final long LATEST_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final int DIGITS = 3;

  private final Duration each;

  @SuppressWarnings("unused") // written so that no choice is for nothing, which a JIT would notice
  private volatile @Nullable Object seen;

  /** For {@link java.util.ServiceLoader}. */
  public ChangeStudy() {
    this(Duration.ZERO);
  }

  /**
   * A study of another length.
   *
   * @param each how long to time each row, and to warm up before; 0 for as long as is usual
   */
  ChangeStudy(Duration each) {
    this.each = each;
  }

  @Override
  public String name() {
    return "change";
  }

  /**
   * Times of single choices, in nanoseconds.
   *
   * @param choice what is timed
   * @param endpoints among how many; 0 where there is no choice
   * @param changes how often they changed meanwhile
   * @param count of choices
   */
  record Row(
      String choice,
      int endpoints,
      int changes,
      long count,
      long p50,
      long p99,
      long p999,
      long p9999,
      long latest) {

    static Row of(String choice, int endpoints, int changes, Histogram times) {
      return new Row(
          choice,
          endpoints,
          changes,
          times.getTotalCount(),
          times.getValueAtPercentile(50),
          times.getValueAtPercentile(99),
          times.getValueAtPercentile(99.9),
          times.getValueAtPercentile(99.99),
          times.getMaxValue());
    }
  }

  @Override
  public void run(Path results, Machine machine, boolean quick) throws IOException {
    Duration length = each.isZero() ? quick ? OF_QUICK : USUAL : each;
    List<Row> rows = new ArrayList<>();
    rows.add(Row.of("none", 0, 0, times(() -> this, length)));
    for (int endpoints : SIZES) {
      for (Policy policy : POLICIES) {
        rows.addAll(rows(policy, endpoints, length));
      }
      System.out.println("change: " + endpoints + " endpoints");
    }
    String page = markdown(machine, rows, length);
    Files.writeString(results.resolve("change.md"), page);
    Json.write(results.resolve("change.json"), machine, rows);
    System.out.println(page);
  }

  /** While nothing changes, and while something does. */
  private List<Row> rows(Policy policy, int endpoints, Duration length) {
    EndpointSet first = Fleet.endpoints(policy, endpoints, 0);
    List<Endpoint> most = new ArrayList<>(first.endpoints());
    most.set(endpoints / 2, Fleet.endpoints(policy, endpoints, 1).endpoints().get(endpoints / 2));
    EndpointSet second = EndpointSet.of(most);
    ManualSource source = new ManualSource();
    source.publish(first);
    ChooseBenchmark.Requests requests = new ChooseBenchmark.Requests();
    requests.setUp(policy);
    String choice = policy.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    try (Balancer balancer =
        Balancer.builder("changing").source(source).strategy(policy.strategy()).build()) {
      Fleet.stir(balancer.nodes(), policy);
      Supplier<Object> select = () -> balancer.select(requests.next());
      Row still = Row.of(choice, endpoints, 0, times(select, length));
      try (Changes changes = new Changes(source, first, second)) {
        Histogram times = times(select, length);
        return List.of(still, Row.of(choice, endpoints, changes.count(), times));
      }
    }
  }

  /** Of as many choices as there is time for, after as long a time to warm up. */
  private Histogram times(Supplier<Object> choice, Duration length) {
    time(choice, length);
    return time(choice, length);
  }

  private Histogram time(Supplier<Object> choice, Duration length) {
    Histogram times = new Histogram(LATEST_NANOS, DIGITS);
    long began = System.nanoTime();
    long end = began + length.toNanos();
    while (began - end < 0) {
      began = System.nanoTime();
      seen = choice.get();
      times.recordValue(Math.min(System.nanoTime() - began, LATEST_NANOS));
    }
    return times;
  }

  /** A thread that publishes two sets in turn. */
  private static final class Changes implements AutoCloseable {
    private final Thread thread;
    private final AtomicInteger count = new AtomicInteger();
    private volatile boolean ended;

    Changes(ManualSource source, EndpointSet first, EndpointSet second) {
      thread =
          new Thread(
              () -> {
                while (!ended) {
                  source.publish(count.getAndIncrement() % 2 == 0 ? second : first);
                  LockSupport.parkNanos(INTERVAL.toNanos());
                }
              },
              "changes");
      thread.start();
    }

    int count() {
      return count.get();
    }

    @Override
    public void close() {
      ended = true;
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static String markdown(Machine machine, List<Row> rows, Duration length) {
    Table table =
        new Table(
            List.of(
                "choice",
                "endpoints",
                "changes",
                "choices",
                "p50",
                "p99",
                "p99.9",
                "p99.99",
                "latest"));
    rows.forEach(row -> table.row(cells(row)));
    return "# change\n\n"
        + machine.markdown()
        + String.format(
            Locale.ROOT,
            """

            Each of the choices that one thread makes in %.1f s is timed, in nanoseconds, with a reading of the clock. *changes*: how
            often meanwhile, and while warming up, another thread replaced one of the endpoints. What is in the row without a choice,
            and in rows without changes, is the machine's.

            """,
            length.toNanos() / 1e9)
        + table;
  }

  private static List<String> cells(Row row) {
    return List.of(
        row.choice(),
        row.endpoints() == 0 ? "" : Integer.toString(row.endpoints()),
        Integer.toString(row.changes()),
        Long.toString(row.count()),
        Long.toString(row.p50()),
        Long.toString(row.p99()),
        Long.toString(row.p999()),
        Long.toString(row.p9999()),
        Long.toString(row.latest()));
  }
}
