package io.evenkeel.lb.benchmark.boot;

import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.web.client.RestClient;

/**
 * A GET through Spring Boot's RestClient, answered from memory, so that the network costs nothing.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RestClientBenchmark {
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
  public static class Plain extends Application {
    /** Not started yet. */
    public Plain() {
      super(false);
    }
  }

  /** An application with them. */
  public static class Balanced extends Application {
    /** Not started yet. */
    public Balanced() {
      super(true);
    }
  }

  /** An application and its client. */
  public abstract static class Application extends CallApplication {
    private final URI url = URI.create(CallShop.URL);
    private RestClient client = RestClient.create();

    Application(boolean starter) {
      super(starter);
    }

    @Override
    void connect(BeanFactory beans) {
      client = beans.getBean(RestClient.Builder.class).requestFactory(new MemoryRequests()).build();
    }

    byte @Nullable [] call() {
      return client.get().uri(url).retrieve().body(byte[].class);
    }
  }
}
