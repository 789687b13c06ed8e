package io.evenkeel.lb.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.Failover;
import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.Test;

/** Without lb-failover and what it needs on the class path, everything else works. */
class FailoverOptionalTest {
  @Test
  void balancersNeedNoFailover() throws Exception {
    try (URLClassLoader loader = withoutFailover()) {
      Callable<?> use =
          (Callable<?>)
              loader.loadClass(Use.class.getName()).getDeclaredConstructor().newInstance();
      assertThat(use.call()).isEqualTo("200, repeated: true");
      assertThatThrownBy(() -> loader.loadClass(Failover.class.getName()))
          .isInstanceOf(ClassNotFoundException.class);
    }
  }

  private static URLClassLoader withoutFailover() {
    URL[] urls =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(part -> !part.contains("lb-failover") && !part.contains("resilience4j"))
            .map(FailoverOptionalTest::url)
            .toArray(URL[]::new);
    return new URLClassLoader(urls, ClassLoader.getPlatformClassLoader());
  }

  private static URL url(String part) {
    try {
      return Path.of(part).toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Loaded where there is no failover. */
  public static final class Use implements Callable<String> {
    @Override
    public String call() throws Exception {
      try (Rig rig = Rig.of(2)) {
        OkHttpClient client = rig.client();
        rig.enqueue(new MockResponse.Builder().onResponseEnd(new SocketEffect.CloseSocket()));
        for (int i = 0; i < 4; i++) {
          rig.server().enqueue(new MockResponse.Builder().build());
          rig.servers.get(1).enqueue(new MockResponse.Builder().build());
        }
        int code = 0;
        for (int i = 0; i < 4; i++) {
          code = Rig.fetch(client, "http://orders/").code();
        }
        return code + ", repeated: " + rig.outcomes.contains(Outcome.CANCELLED);
      }
    }
  }
}
