package io.evenkeel.lb.benchmark.boot;

import io.evenkeel.lb.benchmark.boot.CallShop.Meters;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;

/** A GET through Spring Boot's WebClient, answered at once. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WebClientBenchmark {
  /** As it is without the starter. */
  @Benchmark
  public byte @Nullable [] plain(Plain state) {
    return state.call();
  }

  /** With the starter: balanced, with a failover and health. */
  @Benchmark
  public byte @Nullable [] balanced(Balanced state) {
    return state.call();
  }

  /** An application without the starter's beans. */
  @State(Scope.Benchmark)
  public static class Plain extends Application {
    /** Starts it. */
    @Setup
    public void setUp() {
      start(false);
    }
  }

  /** An application with them. */
  @State(Scope.Benchmark)
  public static class Balanced extends Application {
    /** Starts it. */
    @Setup
    public void setUp() {
      start(true);
    }
  }

  /** An application and its client. */
  @State(Scope.Benchmark)
  public abstract static class Application {
    /** What it measures itself. */
    @Param public Meters meters;

    private final URI url = URI.create(CallShop.URL);
    private @Nullable ConfigurableApplicationContext context;
    private WebClient client = WebClient.create();

    void start(boolean starter) {
      ConfigurableApplicationContext started = CallShop.start(starter, meters);
      context = started;
      client =
          started
              .getBean(WebClient.Builder.class)
              .exchangeFunction(
                  request -> Mono.just(ClientResponse.create(HttpStatus.OK).body("ok").build()))
              .build();
    }

    byte @Nullable [] call() {
      return client.get().uri(url).retrieve().bodyToMono(byte[].class).block();
    }

    /** Stops it. */
    @TearDown
    public void tearDown() {
      if (context != null) {
        context.close();
      }
    }
  }
}
