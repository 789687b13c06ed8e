package io.evenkeel.lb.spring.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.spring.Outage;
import io.evenkeel.lb.spring.cloud.Apps.Client;
import java.util.Queue;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.context.ConfigurableApplicationContext;
import reactor.core.publisher.Mono;

/** A server is killed while {@code @LoadBalanced} clients call. */
@Timeout(180)
class CloudKilledServerTest {
  private static final int THREADS = 4;
  private static final int CALLS = 400;

  private static Outage outage;

  @BeforeAll
  static void start() {
    outage = Outage.of(CALLS, THREADS);
  }

  @AfterAll
  static void stop() {
    outage.close();
  }

  @ParameterizedTest
  @EnumSource
  void withSpringsRetriesNoGetFails(Client client) throws Exception {
    run(
        client,
        "true",
        (failures, afterwards) -> {
          assertThat(failures).isEmpty();
          assertThat(afterwards).isEmpty();
        });
  }

  @ParameterizedTest
  @EnumSource
  void withoutThemOnlyTheFirstRequestsFail(Client client) throws Exception {
    run(
        client,
        "false",
        (failures, afterwards) -> {
          assertThat(failures).hasSizeLessThan(CALLS / 10);
          // The second refused connection ejects it, which may be some time later: since the first
          // one the others look better. Each thread may be on its way there then.
          assertThat(afterwards).hasSizeLessThanOrEqualTo(THREADS);
        });
  }

  private interface Check {
    void of(Queue<Throwable> failures, Queue<Throwable> afterwards);
  }

  private static void run(Client client, String retries, Check check) throws Exception {
    try (ConfigurableApplicationContext context =
        outage.start(Apps.App.class, "spring.cloud.loadbalancer.retry.enabled=" + retries)) {
      IntFunction<Mono<String>> get =
          id -> Mono.fromCallable(() -> client.get(context, "http://orders/1"));
      Queue<Throwable> failures = outage.during(get);
      check.of(failures, outage.afterwards(get));
      outage.isOver(context);
    }
  }
}
