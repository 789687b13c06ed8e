package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.failover.Failover;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/** Which hosts are services: those that are claimed, and those that are at present. Thread-safe. */
final class Hosts {
  private final Map<String, Service> claimed;
  private final @Nullable Function<String, @Nullable Failover> others;
  private final FailoverSettings settings;
  private final Map<String, FailoverService> found = new ConcurrentHashMap<>();

  /**
   * @param claimed by host in OkHttp's canonical form
   * @param others asked for all other hosts; null if there are none
   */
  Hosts(
      Map<String, Service> claimed,
      @Nullable Function<String, @Nullable Failover> others,
      FailoverSettings settings) {
    this.claimed = claimed;
    this.others = others;
    this.settings = settings;
  }

  /** The service that is called by a URL; null if it is none. */
  @Nullable Service of(HttpUrl url) {
    String host = Service.bareHost(url);
    Service service = claimed.get(host);
    return service == null && others != null ? found(host, others.apply(host)) : service;
  }

  private @Nullable Service found(String host, @Nullable Failover failover) {
    if (failover == null) {
      found.remove(host);
      return null;
    }
    FailoverService known = found.get(host);
    return known != null && known.isOf(failover)
        ? known
        : found.compute(
            host,
            (any, before) ->
                before != null && before.isOf(failover)
                    ? before
                    : new FailoverService(host, failover, settings));
  }

  boolean areCautious() {
    return others != null || claimed.values().stream().anyMatch(Service::isCautious);
  }

  @Override
  public String toString() {
    return claimed.keySet() + (others == null ? "" : " and those at present");
  }
}
