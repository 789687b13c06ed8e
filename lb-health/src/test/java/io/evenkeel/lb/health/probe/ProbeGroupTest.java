package io.evenkeel.lb.health.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class ProbeGroupTest {
  @Test
  void aGroupThatCouldNotStartIsStartedAgainAndThenKept() throws Exception {
    IOException full = new IOException("Too many open files");
    int[] starts = {0};
    ProbeGroup group =
        new ProbeGroup(
            () -> {
              if (starts[0]++ < 2) {
                throw full;
              }
              return AsynchronousChannelGroup.withFixedThreadPool(
                  1, Executors.defaultThreadFactory());
            });
    assertThatThrownBy(group::get).isSameAs(full);
    assertThatThrownBy(group::get).isSameAs(full);
    AsynchronousChannelGroup started = group.get();
    try {
      assertThat(group.get()).isSameAs(started);
      assertThat(starts[0]).isEqualTo(3);
    } finally {
      started.shutdownNow();
    }
  }
}
