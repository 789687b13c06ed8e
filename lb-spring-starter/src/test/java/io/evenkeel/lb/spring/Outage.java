package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.testkit.rig.ServerProcess;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Three servers of a service {@code orders} in processes of their own, of which one after the other
 * is killed while an application calls them. Used by one thread.
 */
public final class Outage implements AutoCloseable {
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private final int calls;
  private final int atOnce;
  private final Scheduler threads;
  private final List<ServerProcess> servers =
      List.of(ServerProcess.start(), ServerProcess.start(), ServerProcess.start());
  private int killed;

  private Outage(int calls, int atOnce) {
    this.calls = calls;
    this.atOnce = atOnce;
    this.threads = Schedulers.newBoundedElastic(atOnce, calls, "calls", 10, true);
  }

  /**
   * Nothing is called yet.
   *
   * @param calls how many are made each time
   * @param atOnce so many of them
   */
  public static Outage of(int calls, int atOnce) {
    return new Outage(calls, atOnce);
  }

  /** Starts an application that has the servers as endpoints, all of which are there. */
  public ConfigurableApplicationContext start(Class<?> application, String... properties) {
    return start(application, WebApplicationType.NONE, properties);
  }

  /** The same with a web server of its own. */
  public ConfigurableApplicationContext start(
      Class<?> application, WebApplicationType web, String... properties) {
    restore();
    String endpoints =
        servers.stream()
            .map(server -> server.host() + ":" + server.port())
            .collect(Collectors.joining(","));
    return new SpringApplicationBuilder(application)
        .web(web)
        .run(
            Stream.of(
                    new String[] {
                      "evenkeel.services.orders.endpoints=" + endpoints,
                      "spring.main.banner-mode=off"
                    },
                    Contexts.quick(),
                    Contexts.server(),
                    properties)
                .flatMap(Arrays::stream)
                .map(property -> "--" + property)
                .toArray(String[]::new));
  }

  /**
   * Kills another server when a third of the calls are begun. It stays dead until the next time.
   *
   * @param call that is made when it is subscribed to
   * @return how calls have failed
   */
  public Queue<Throwable> during(IntFunction<Mono<String>> call) throws InterruptedException {
    return during(threads, call);
  }

  /** The same where calls are made on threads of one's own. */
  public Queue<Throwable> during(Scheduler own, IntFunction<Mono<String>> call)
      throws InterruptedException {
    restore();
    ServerProcess victim = servers.get(killed++ % servers.size());
    long before = victim.requests();
    Thread killer = new Thread(victim::kill);
    AtomicInteger begun = new AtomicInteger();
    Queue<Throwable> failures =
        failures(
            own,
            id -> {
              if (begun.incrementAndGet() == calls / 3) {
                killer.start();
              }
              return call.apply(id);
            });
    killer.join();
    assertThat(victim.requests()).as("requests to the one killed").isGreaterThan(before);
    return failures;
  }

  /** Makes so many calls again, and kills nobody. */
  public Queue<Throwable> afterwards(IntFunction<Mono<String>> call) {
    return failures(threads, call);
  }

  private Queue<Throwable> failures(Scheduler own, IntFunction<Mono<String>> call) {
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    Flux.range(0, calls)
        .flatMap(
            id ->
                Mono.defer(() -> call.apply(id))
                    .switchIfEmpty(Mono.error(() -> new AssertionError("no body")))
                    .subscribeOn(own)
                    .onErrorResume(
                        thrown -> {
                          failures.add(thrown);
                          return Mono.empty();
                        }),
            atOnce)
        .blockLast(LONGEST);
    return failures;
  }

  private void restore() {
    servers.stream().filter(server -> !server.isAlive()).forEach(ServerProcess::restart);
  }

  /** POSTs that must not be done twice are not, and most of them are done. */
  public void noPostIsDoneTwice(String name, BiFunction<Integer, String, Mono<String>> post)
      throws InterruptedException {
    Queue<Throwable> failed = during(id -> post.apply(id, name + "-" + id));
    assertThat(failed).hasSizeLessThan(calls / 10);
    Map<String, Integer> done = new TreeMap<>();
    servers.stream()
        .flatMap(server -> server.posts().entrySet().stream())
        .filter(each -> each.getKey().startsWith(name + "-"))
        .forEach(each -> done.merge(each.getKey(), each.getValue(), Integer::sum));
    assertThat(done).hasSizeGreaterThan(calls / 2);
    assertThat(done.values()).as("no POST twice").containsOnly(1);
  }

  /** Nothing is in flight any more, and all had requests. */
  public void isOver(ApplicationContext context) {
    assertThat(context.getBean(LoadBalancers.class).balancer("orders").nodes())
        .extracting(Node::inFlight)
        .containsOnly(0);
    assertThat(servers).allSatisfy(server -> assertThat(server.requests()).isPositive());
  }

  @Override
  public void close() {
    threads.dispose();
    servers.forEach(ServerProcess::close);
  }
}
