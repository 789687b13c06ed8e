package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.context.ConfigurableApplicationContext;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** An application with all that is auto-configured, and a server that is killed while it calls. */
@Timeout(120)
class KilledServerTest {
  private static Outage outage;

  @BeforeAll
  static void start() {
    outage = Outage.of(720, 16);
  }

  @AfterAll
  static void stop() {
    outage.close();
  }

  private static ConfigurableApplicationContext application(String... properties) {
    return outage.start(Client.App.class, Client.App.properties(properties));
  }

  static Stream<Arguments> clients() {
    return Stream.concat(
        Arrays.stream(Client.values()).map(client -> Arguments.of(client, "reactor")),
        Stream.of(Client.WEB_CLIENT, Client.REACTIVE_HTTP_SERVICE)
            .map(client -> Arguments.of(client, "jdk")));
  }

  @ParameterizedTest
  @MethodSource("clients")
  void noGetFailsAndNoPostIsDoneTwice(Client client, String connector) throws Exception {
    try (ConfigurableApplicationContext context =
        application("spring.http.clients.reactive.connector=" + connector)) {
      Client.Calls calls = client.in(context);
      assertThat(outage.during(calls::get)).isEmpty();
      outage.noPostIsDoneTwice(client + "-" + connector, calls::post);
      outage.isOver(context);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"REST_CLIENT", "OK_HTTP"})
  void neitherDoThoseWithAThreadEach(Client client) throws Exception {
    ExecutorService each = aThreadForEachTask();
    Scheduler threads = Schedulers.fromExecutorService(each);
    try (ConfigurableApplicationContext context = application()) {
      Client.Calls calls = client.in(context);
      assertThat(outage.during(threads, calls::get)).isEmpty();
      outage.isOver(context);
    } finally {
      threads.dispose();
      each.shutdownNow();
    }
  }

  /** Virtual ones where the JDK has them. */
  private static ExecutorService aThreadForEachTask() throws ReflectiveOperationException {
    return Runtime.version().feature() < 21
        ? Executors.newCachedThreadPool()
        : (ExecutorService)
            Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
  }
}
