package io.evenkeel.lb.spring;

import io.evenkeel.lb.health.probe.HealthProbe;
import io.evenkeel.lb.okhttp.OkHttpHealthProbe;
import io.evenkeel.lb.spring.HealthProperties.Check;
import java.util.function.Consumer;
import okhttp3.OkHttpClient;

/** Probes over HTTP. Apart from all else, since only this needs lb-okhttp. */
final class HttpProbes {
  private HttpProbes() {}

  static HealthProbe of(Layer<Check> settings, Consumer<AutoCloseable> onClose) {
    OkHttpHealthProbe.Builder builder = OkHttpHealthProbe.builder(new OkHttpClient());
    settings.set("path", settings.said().path(), builder::path);
    OkHttpHealthProbe probe = builder.build();
    onClose.accept(probe);
    return probe;
  }
}
