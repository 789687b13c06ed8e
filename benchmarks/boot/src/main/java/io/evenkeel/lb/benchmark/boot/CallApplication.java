package io.evenkeel.lb.benchmark.boot;

import io.evenkeel.lb.benchmark.boot.CallShop.Meters;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.ConfigurableApplicationContext;

/** An application whose calls are timed. */
@State(Scope.Benchmark)
public abstract class CallApplication {
  /** What it measures itself. */
  @Param public Meters meters;

  private final boolean starter;
  private @Nullable ConfigurableApplicationContext context;

  /**
   * @param starter whether it has the starter's beans
   */
  CallApplication(boolean starter) {
    this.starter = starter;
  }

  /** Takes the client from the application, with answers from memory. */
  abstract void connect(BeanFactory beans);

  /** Starts it. */
  @Setup
  public void setUp() {
    ConfigurableApplicationContext started = CallShop.start(starter, meters);
    context = started;
    connect(started);
  }

  /** Stops it. */
  @TearDown
  public void tearDown() {
    if (context != null) {
      context.close();
    }
  }
}
