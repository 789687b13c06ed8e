package io.evenkeel.lb.failover.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverException;
import io.evenkeel.lb.failover.Operation;
import io.evenkeel.lb.failover.Outcomes;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Writes go to the primary, and nobody reads what is older than what they wrote. */
@Timeout(60)
class ReadWriteTest {
  private static final CallContext CALL = CallContext.once();

  private final Site site = new Site();
  private final Balancer primary = site.balancer("primary", 1);
  private final Balancer replicas = site.balancer("replica", 3);
  private final Map<String, Long> positions = new HashMap<>();
  private final List<String> calls = new ArrayList<>();

  @AfterEach
  void close() {
    site.close();
  }

  private ReadWrite database() {
    return ReadWrite.of(
        site.failover(primary),
        site.failover(replicas),
        replica -> positions.getOrDefault(replica.id(), Long.MIN_VALUE));
  }

  private String operate(Endpoint endpoint) {
    calls.add(endpoint.id());
    return endpoint.id();
  }

  private String readAfter(ReadWrite database, long token, boolean async) {
    return async
        ? database
            .readAfterAsync(
                token, CALL, endpoint -> CompletableFuture.completedFuture(operate(endpoint)))
            .join()
        : database.readAfter(token, CALL, this::operate);
  }

  @Test
  void writesGoToThePrimaryAndReadsToReplicas() {
    ReadWrite database = database();
    for (int i = 0; i < 9; i++) {
      assertThat(database.<String>write(CALL, this::operate)).isEqualTo("primary-1");
      assertThat(
              database
                  .<String>writeAsync(
                      CALL, endpoint -> CompletableFuture.completedFuture(endpoint.id()))
                  .join())
          .isEqualTo("primary-1");
      database.<String>read(CALL, this::operate);
    }
    calls.removeIf("primary-1"::equals);
    assertThat(calls).hasSize(9).contains("replica-1", "replica-2", "replica-3");
  }

  @Test
  void readsWithoutATokenNeverGoToThePrimary() {
    replicas.close();
    assertThatThrownBy(() -> database().<String>read(CALL, this::operate))
        .isInstanceOf(FailoverException.class);
    assertThat(calls).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aReadWithATokenGoesToReplicasThatAreThere(boolean async) {
    ReadWrite database = database();
    Written<String> written = database.write(CALL, this::operate, value -> 17L);
    assertThat(written).isEqualTo(new Written<>("primary-1", 17));
    positions.putAll(Map.of("replica-1", 16L, "replica-2", 17L, "replica-3", 18L));
    calls.clear();
    for (int i = 0; i < 30; i++) {
      readAfter(database, written.token(), async);
    }
    assertThat(calls).containsOnly("replica-2", "replica-3").contains("replica-2", "replica-3");
    assertThat(site.inFlight()).isZero();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whereNoReplicaIsThereThePrimaryIsRead(boolean async) {
    ReadWrite database = database();
    positions.put("replica-1", 16L);
    assertThat(readAfter(database, 17, async)).isEqualTo("primary-1");
    assertThat(calls).containsExactly("primary-1");
    positions.put("replica-1", 17L);
    assertThat(readAfter(database, 17, async)).isEqualTo("replica-1");
    site.sicken("replica-1");
    assertThat(readAfter(database, 17, async)).isEqualTo("primary-1");
    replicas.close();
    assertThat(readAfter(database, 17, async)).isEqualTo("primary-1");
    assertThat(readAfter(ReadWrite.of(site.failover(primary), site.failover(replicas)), 1, async))
        .isEqualTo("primary-1");
    assertThat(site.inFlight()).isZero();
  }

  /** Outcomes that take every exception for a failure of the endpoint. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aReplicaThatIsBehindIsNotCalledWhateverTheOutcomes(boolean async) {
    Outcomes strict = thrown -> Outcome.UNREACHABLE;
    ReadWrite database =
        ReadWrite.of(
            site.failover(primary),
            site.failoverBuilder(replicas).outcomes(strict).build(),
            replica -> 0);
    assertThat(readAfter(database, 17, async)).isEqualTo("primary-1");
    assertThat(calls).containsExactly("primary-1");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aReadThatFailedIsTriedAtOthersThatAreThere(boolean async) {
    positions.putAll(Map.of("replica-1", 16L, "replica-2", 17L, "replica-3", 17L));
    ReadWrite database = database();
    Operation<String> broken =
        endpoint -> {
          operate(endpoint);
          throw new ConnectException("refused");
        };
    assertThatThrownBy(
            () -> {
              if (async) {
                database
                    .readAfterAsync(
                        17,
                        CALL,
                        endpoint -> CompletableFuture.completedFuture(broken.on(endpoint)))
                    .join();
              } else {
                database.readAfter(17, CALL, broken);
              }
            })
        .satisfiesAnyOf(
            e -> assertThat(e).isInstanceOf(FailoverException.class),
            e ->
                assertThat(e)
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(FailoverException.class));
    assertThat(calls.subList(0, 2)).containsExactlyInAnyOrder("replica-2", "replica-3");
    // The third attempt has only those that were tried, or the primary if it meets the one behind.
    assertThat(calls).hasSize(3).doesNotContain("replica-1");
    assertThat(site.inFlight()).isZero();
  }

  @Test
  void aContextThatThrowsWhenItIsAskedAgainFailsTheRead() {
    AtomicInteger asked = new AtomicInteger();
    RequestContext once =
        new RequestContext() {
          @Override
          public <T> @Nullable T get(Key<T> key) {
            if (key == CallContext.TIME_LIMIT && asked.incrementAndGet() > 1) {
              throw new IllegalStateException("asked again");
            }
            return null;
          }
        };
    assertThat(
            database().readAfterAsync(2, once, endpoint -> CompletableFuture.completedFuture("")))
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withMessageContaining("asked again");
    assertThat(site.inFlight()).isZero();
  }

  @Test
  void whoCancelsAReadCancelsItWhereItIs() {
    CompletableFuture<String> atReplica = new CompletableFuture<>();
    CompletableFuture<String> atPrimary = new CompletableFuture<>();
    positions.put("replica-1", 1L);
    ReadWrite database = database();
    database.readAfterAsync(1, CALL, endpoint -> atReplica).cancel(true);
    database.readAfterAsync(2, CALL, endpoint -> atPrimary).cancel(true);
    assertThat(atReplica).isCancelled();
    assertThat(atPrimary).isCancelled();
    assertThat(site.inFlight()).isZero();
  }

  @Test
  void writesAreRepeatedOnlyAsThePrimarysFailoverRepeatsCalls() {
    Failover failover = site.failoverBuilder(primary).deadline(Duration.ofSeconds(1)).build();
    ReadWrite database = ReadWrite.of(failover, site.failover(replicas));
    assertThatThrownBy(
            () ->
                database.<String>write(
                    CALL,
                    endpoint -> {
                      operate(endpoint);
                      throw new IOException("reset");
                    }))
        .isInstanceOf(FailoverException.class);
    assertThat(calls).hasSize(1);
  }
}
