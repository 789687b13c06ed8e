package io.evenkeel.lb.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverException;
import io.evenkeel.lb.failover.Outcomes;
import io.evenkeel.lb.failover.RetryBudget;
import io.evenkeel.lb.strategy.RoundRobin;
import io.github.resilience4j.retry.RetryConfig;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls over real connections, to servers that end them as they are told. */
@Timeout(60)
class GrpcOutcomesTest {
  private static final GrpcOutcomes OUTCOMES = GrpcOutcomes.of();
  private static final Metadata.Key<String> PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  private final List<Server> servers = new ArrayList<>();
  private final Map<Integer, ManagedChannel> channels = new ConcurrentHashMap<>();
  private final AtomicInteger calls = new AtomicInteger();

  /** How the n-th call ends, from 1; null if well. */
  private Function<Integer, @Nullable Throwable> end = number -> null;

  @AfterEach
  void close() throws InterruptedException {
    for (ManagedChannel channel : channels.values()) {
      channel.shutdownNow();
    }
    for (Server server : servers) {
      server.shutdownNow();
    }
  }

  private Endpoint server() throws IOException {
    HealthGrpc.HealthImplBase service =
        new HealthGrpc.HealthImplBase() {
          @Override
          public void check(
              HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
            Throwable thrown = end.apply(calls.incrementAndGet());
            if (thrown != null) {
              observer.onError(thrown);
            } else {
              observer.onNext(HealthCheckResponse.getDefaultInstance());
              observer.onCompleted();
            }
          }
        };
    Server server =
        NettyServerBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                InsecureServerCredentials.create())
            .addService(service)
            .build()
            .start();
    servers.add(server);
    return Endpoint.of("127.0.0.1", server.getPort());
  }

  private HealthCheckResponse ask(Endpoint endpoint) {
    ManagedChannel channel =
        channels.computeIfAbsent(
            endpoint.port(),
            port ->
                NettyChannelBuilder.forAddress(
                        endpoint.host(), port, InsecureChannelCredentials.create())
                    .disableRetry()
                    .build());
    return HealthGrpc.newBlockingStub(channel)
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .check(HealthCheckRequest.getDefaultInstance());
  }

  private Throwable ended(Status status, @Nullable String pushback) throws IOException {
    Metadata trailers = new Metadata();
    if (pushback != null) {
      trailers.put(PUSHBACK, pushback);
    }
    end = number -> status.asRuntimeException(trailers);
    Endpoint server = server();
    Throwable thrown = catchThrowable(() -> ask(server));
    assertThat(Status.fromThrowable(thrown).getCode()).isEqualTo(status.getCode());
    return thrown;
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"OK"})
  void everyStatusSaysSomethingOfTheEndpoint(Status.Code code) throws Exception {
    Outcome expected =
        switch (code) {
          case UNAVAILABLE, UNKNOWN, INTERNAL, DATA_LOSS, UNIMPLEMENTED, RESOURCE_EXHAUSTED ->
              Outcome.FAILURE;
          case DEADLINE_EXCEEDED -> Outcome.TIMEOUT;
          case CANCELLED -> Outcome.CANCELLED;
          default -> Outcome.SUCCESS;
        };
    Throwable thrown = ended(code.toStatus(), null);
    assertThat(OUTCOMES.of(thrown)).isEqualTo(expected);
    assertThat(OUTCOMES.of(new IllegalStateException(thrown))).as("wrapped").isEqualTo(expected);
  }

  @Test
  void withoutAConnectionNothingWasProcessed() throws Exception {
    Endpoint gone = server();
    servers.get(0).shutdownNow().awaitTermination();
    assertThat(OUTCOMES.of(catchThrowable(() -> ask(gone)))).isEqualTo(Outcome.UNREACHABLE);
    assertThat(OUTCOMES.of(new ConnectException("refused"))).isEqualTo(Outcome.UNREACHABLE);
    assertThat(OUTCOMES.of(new IllegalStateException("defect"))).isEqualTo(Outcome.CANCELLED);
  }

  @ParameterizedTest
  @CsvSource({
    "1500, 1500000000",
    "0, 0",
    "-1, -2",
    "soon, -2",
    "1000000000000000000, 9223372036854775807",
    "99999999999999999999, -2"
  })
  void pushbackIsReadFromTheTrailers(String millis, long nanos) throws Exception {
    Throwable thrown = ended(Status.UNAVAILABLE, millis);
    assertThat(OUTCOMES.pushbackNanos(null, thrown)).isEqualTo(nanos);
  }

  @Test
  void withoutPushbackThereIsNoWish() throws Exception {
    assertThat(OUTCOMES.pushbackNanos(null, ended(Status.UNAVAILABLE, null)))
        .isEqualTo(Outcomes.NO_WISH);
    assertThat(OUTCOMES.pushbackNanos(null, ended(Status.UNIMPLEMENTED, null)))
        .isEqualTo(Outcomes.NEVER);
    assertThat(OUTCOMES.pushbackNanos("answer", null)).isEqualTo(Outcomes.NO_WISH);
  }

  @Test
  void aCallGoesElsewhereUnlessTheServerForbidsIt() throws Exception {
    Metadata never = new Metadata();
    never.put(PUSHBACK, "-1");
    Iterator<Throwable> ends =
        Stream.<Throwable>of(
                Status.UNAVAILABLE.asRuntimeException(),
                Status.UNAVAILABLE.asRuntimeException(never),
                Status.NOT_FOUND.asRuntimeException())
            .iterator();
    try (Balancer orders = balancer("orders", server(), server())) {
      Failover failover = failover(orders);
      end = number -> number == 2 ? null : ends.next();
      assertThat(failover.<Object>call(CallContext.idempotent(), this::ask)).isNotNull();
      assertThat(calls).as("one failed, one elsewhere").hasValue(2);
      assertThatThrownBy(() -> failover.<Object>call(CallContext.idempotent(), this::ask))
          .isInstanceOf(FailoverException.class);
      assertThat(calls).as("not made again").hasValue(3);
      assertThatThrownBy(() -> failover.<Object>call(CallContext.idempotent(), this::ask))
          .as("the endpoint's answer")
          .satisfies(
              thrown ->
                  assertThat(Status.fromThrowable(thrown).getCode())
                      .isEqualTo(Status.Code.NOT_FOUND));
      assertThat(calls).hasValue(4);
    }
  }

  /** It has tried enough: to try again around it would multiply the load in an outage. */
  @Test
  void whatAFailoverBehindItGaveUpIsNotRepeated() throws Exception {
    end = number -> Status.UNAVAILABLE.asRuntimeException();
    try (Balancer outer = balancer("regions", server(), server());
        Balancer inner = balancer("orders", server(), server())) {
      Failover behind = failover(inner);
      Failover failover = failover(outer);
      assertThatThrownBy(
              () ->
                  failover.<Object>call(
                      CallContext.idempotent(),
                      region -> behind.<Object>call(CallContext.idempotent(), this::ask)))
          .isInstanceOfSatisfying(
              FailoverException.class,
              e -> {
                assertThat(e.reason()).isEqualTo(FailoverException.Reason.NOT_REPEATABLE);
                assertThat(e.attempts())
                    .singleElement()
                    .extracting(attempt -> attempt.outcome())
                    .isEqualTo(Outcome.FAILURE);
              });
      assertThat(calls).as("those of the inner one").hasValue(2);
    }
  }

  private static Balancer balancer(String name, Endpoint... endpoints) {
    return Balancer.builder(name)
        .source(EndpointSource.of(endpoints))
        .strategy(RoundRobin.of())
        .build();
  }

  private static Failover failover(Balancer balancer) {
    return Failover.builder(balancer)
        .outcomes(GrpcOutcomes.of())
        .retry(RetryConfig.custom().maxAttempts(2).build())
        .budget(RetryBudget.unlimited())
        .build();
  }
}
