package io.evenkeel.lb.source;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.Scheduler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * The addresses of a name, A and AAAA alike, each with the same port.
 *
 * <pre>{@code
 * EndpointSource orders =
 *     DnsSource.builder("orders.example.com", 8443).each(e -> e.secure(true).zone("a")).build();
 * }</pre>
 *
 * <p>A name that is not found, or has no address, is a failure and never an empty set: a balancer
 * then keeps the endpoints that it has.
 *
 * <p>The JVM's own resolver remembers an answer for {@code networkaddress.cache.ttl} seconds, 30 by
 * default, and a failure for {@code networkaddress.cache.negative.ttl}, 10 by default. Asking more
 * often finds nothing new: lower those two security properties, or give another {@link Resolver}.
 *
 * <p>Of the addresses, those that {@link AddressPolicy#ROUTABLE} refuses are left out, since what a
 * name leads to is not the program's to say. What the name itself says is permitted: {@code
 * localhost} may have loopback addresses.
 *
 * <p>Immutable and thread-safe.
 */
public final class DnsSource implements EndpointSource {
  private final String name;
  private final int port;
  private final Consumer<Endpoint.Builder> facts;
  private final Predicate<InetAddress> filter;
  private final Resolver resolver;
  private final Pace pace;
  private final AddressPolicy addresses;

  private DnsSource(Builder builder) {
    name = builder.name;
    port = builder.port;
    facts = builder.facts;
    filter = builder.filter;
    resolver = builder.resolver;
    pace = builder.pace;
    addresses =
        Stream.of(AddressPolicy.values())
            .filter(policy -> policy.permits(name))
            .findFirst()
            .orElseThrow();
  }

  /**
   * The addresses of a name, looked up every 5 seconds or so.
   *
   * @throws IllegalArgumentException as {@link #builder} does
   */
  public static DnsSource of(String name, int port) {
    return builder(name, port).build();
  }

  /**
   * Begins a source.
   *
   * @param name what to look up; a trailing dot keeps search domains out of it
   * @param port 1 to 65535
   * @throws IllegalArgumentException if no endpoint can have such a host or port
   */
  public static Builder builder(String name, int port) {
    return new Builder(name, port);
  }

  @Override
  public AddressPolicy addresses(Endpoint endpoint) {
    return addresses;
  }

  @Override
  public Flow.Publisher<EndpointSet> snapshots() {
    return subscriber -> new Polls(pace, this::lookUp, subscriber).start();
  }

  private EndpointSet lookUp() throws IOException {
    InetAddress[] addresses = resolver.resolve(name);
    List<Endpoint> endpoints = new ArrayList<>(addresses.length);
    for (InetAddress address : addresses) {
      if (filter.test(address)) {
        Endpoint.Builder endpoint = Endpoint.builder(address.getHostAddress(), port);
        facts.accept(endpoint);
        endpoints.add(endpoint.build());
      }
    }
    if (endpoints.isEmpty()) {
      throw new UnknownHostException(
          name + ": " + addresses.length + " addresses, none of use (expected: at least one)");
    }
    return EndpointSet.of(endpoints);
  }

  @Override
  public String toString() {
    return "DnsSource[" + name + ", port " + port + ", " + pace + "]";
  }

  /** Looks a name up. May block; must be thread-safe. */
  @FunctionalInterface
  public interface Resolver {
    /**
     * All addresses of a name, in any order.
     *
     * @throws IOException if it has none, or that cannot be found out
     */
    InetAddress[] resolve(String name) throws IOException;
  }

  /** Builds DNS sources. Not thread-safe. */
  public static final class Builder {
    private final String name;
    private final int port;
    private Consumer<Endpoint.Builder> facts = endpoint -> {};
    private Predicate<InetAddress> filter = address -> true;
    private Resolver resolver = InetAddress::getAllByName;
    private Pace pace = Pace.of(Duration.ofSeconds(5), 0.1);

    private Builder(String name, int port) {
      String host = Endpoint.of(name, port).host();
      this.name = name.endsWith(".") ? host + '.' : host;
      this.port = port;
    }

    /** Gives each endpoint its facts: weight, zone, whether it is secure. By default none. */
    public Builder each(Consumer<Endpoint.Builder> facts) {
      this.facts = requireNonNull(facts, "facts");
      return this;
    }

    /** Which addresses to use, such as {@code Inet4Address.class::isInstance}. By default all. */
    public Builder filter(Predicate<InetAddress> filter) {
      this.filter = requireNonNull(filter, "filter");
      return this;
    }

    /** What looks the name up. By default {@link InetAddress#getAllByName}. */
    public Builder resolver(Resolver resolver) {
      this.resolver = requireNonNull(resolver, "resolver");
      return this;
    }

    /**
     * How long to wait after an answer before asking again, give or take a tenth. By default 5
     * seconds.
     *
     * @throws IllegalArgumentException unless it is from 1 millisecond to 1 day
     */
    public Builder interval(Duration interval) {
      pace = pace.withInterval(interval);
      return this;
    }

    /** What waits and asks. By default the one that all balancers of the JVM share. */
    public Builder scheduler(Scheduler scheduler) {
      pace = pace.withScheduler(scheduler);
      return this;
    }

    /** Chance. By default {@link ThreadLocalRandom}; another must be safe for concurrent use. */
    public Builder random(RandomGenerator random) {
      pace = pace.withRandom(random);
      return this;
    }

    /**
     * The source. It looks nothing up until somebody subscribes.
     *
     * @throws IllegalArgumentException if the facts of {@link #each} are refused
     */
    public DnsSource build() {
      // What is wrong with the facts is better told now than by every look-up.
      facts.accept(Endpoint.builder(name, port));
      return new DnsSource(this);
    }
  }
}
