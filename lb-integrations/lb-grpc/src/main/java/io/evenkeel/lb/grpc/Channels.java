package io.evenkeel.lb.grpc;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A channel for each address, until nobody has asked for it for a while. Nobody says when an
 * endpoint has gone, so that is how its channel is told; the time is longer than the slowest
 * probing of an endpoint in use, since making a channel costs more than keeping one. A sweep is
 * scheduled only while there are channels.
 *
 * <p>A channel on which a call has failed is closed at once. It would wait ever longer before it
 * connects again, fail calls meanwhile with what it knew before, and hold on to a connection that
 * leads nowhere; a new one shows how the endpoint is now.
 */
final class Channels {
  private static final long UNUSED_NANOS = Duration.ofMinutes(3).toNanos();

  private final ChannelCredentials secure;
  private final @Nullable String name;
  private final int most;
  private final Ticker ticker;
  private final Scheduler scheduler;
  private final ConcurrentMap<Address, Held> held = new ConcurrentHashMap<>();
  private final AtomicBoolean sweeping = new AtomicBoolean();
  private volatile boolean closed;

  Channels(ChannelCredentials secure, @Nullable String name, int most) {
    this(secure, name, most, Ticker.system(), Scheduler.shared());
  }

  Channels(
      ChannelCredentials secure,
      @Nullable String name,
      int most,
      Ticker ticker,
      Scheduler scheduler) {
    this.secure = secure;
    this.name = name;
    this.most = most;
    this.ticker = ticker;
    this.scheduler = scheduler;
  }

  /**
   * The channel to an endpoint.
   *
   * @throws RejectedExecutionException if there are as many as there may be, or all were closed
   */
  ManagedChannel to(Endpoint endpoint) {
    Address address = Address.of(endpoint);
    long now = ticker.read();
    // In one step with the sweep, so that what it closes is never handed out.
    Held found =
        held.compute(
            address,
            (key, known) -> {
              Held channel = known == null ? new Held(open(key)) : known;
              channel.usedNanos = now;
              return channel;
            });
    if (sweeping.compareAndSet(false, true)) {
      scheduler.schedule(this::sweep, UNUSED_NANOS);
    }
    if (closed) {
      close();
      throw new RejectedExecutionException("the probe was closed");
    }
    return found.channel;
  }

  /** Closes this channel, and no newer one. */
  void drop(Endpoint endpoint, ManagedChannel broken) {
    held.computeIfPresent(
        Address.of(endpoint), (key, known) -> known.channel == broken ? end(known) : known);
  }

  private ManagedChannel open(Address address) {
    if (held.size() >= most) {
      throw new RejectedExecutionException("maxChannels: " + most + " are in use");
    }
    ManagedChannelBuilder<?> builder =
        Grpc.newChannelBuilderForAddress(
            address.host(),
            address.port(),
            address.secure() ? secure : InsecureChannelCredentials.create());
    if (name != null) {
      builder.overrideAuthority(name);
    }
    return builder
        .proxyDetector(target -> null)
        .disableServiceConfigLookUp()
        .maxInboundMessageSize(4096)
        .build();
  }

  private void sweep() {
    long now = ticker.read();
    for (Address address : held.keySet()) {
      held.computeIfPresent(
          address, (key, channel) -> isUnused(channel, now) ? end(channel) : channel);
    }
    sweeping.set(false);
    if (!held.isEmpty() && sweeping.compareAndSet(false, true)) {
      scheduler.schedule(this::sweep, UNUSED_NANOS / 4);
    }
  }

  private static boolean isUnused(Held channel, long now) {
    return now - channel.usedNanos >= UNUSED_NANOS;
  }

  @SuppressWarnings("NullAway") // null removes the entry
  private static Held end(Held channel) {
    channel.channel.shutdownNow();
    return null;
  }

  void close() {
    closed = true;
    Iterator<Held> each = held.values().iterator();
    while (each.hasNext()) {
      each.next().channel.shutdownNow();
      each.remove();
    }
  }

  int size() {
    return held.size();
  }

  private record Address(String host, int port, boolean secure) {
    static Address of(Endpoint endpoint) {
      return new Address(endpoint.host(), endpoint.port(), endpoint.secure());
    }
  }

  /** The time belongs to the map's steps for the address. */
  private static final class Held {
    final ManagedChannel channel;
    long usedNanos;

    Held(ManagedChannel channel) {
      this.channel = channel;
    }
  }
}
