package io.evenkeel.lb.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.source.DnsSource;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DnsSourceTest extends DynamicSourceContract {
  private final ManualScheduler time = new ManualScheduler(new FakeTicker());
  private final List<String> asked = new ArrayList<>();
  private DnsSource.Resolver names = name -> new InetAddress[0];

  @Override
  protected EndpointSource newSource(ManualScheduler scheduler) {
    return source("orders.example", scheduler).build();
  }

  private DnsSource.Builder source(String name, ManualScheduler scheduler) {
    return DnsSource.builder(name, PORT)
        .resolver(this::resolve)
        .scheduler(scheduler)
        .random(new SplittableRandom(7));
  }

  private InetAddress[] resolve(String name) throws IOException {
    asked.add(name);
    return names.resolve(name);
  }

  @Override
  protected void answer(Collection<Endpoint> endpoints) {
    answer(endpoints.stream().map(Endpoint::host).toArray(String[]::new));
  }

  private void answer(String... addresses) {
    names =
        name -> {
          InetAddress[] found = new InetAddress[addresses.length];
          for (int i = 0; i < found.length; i++) {
            found[i] = InetAddress.getByName(addresses[i]); // a literal is not looked up
          }
          return found;
        };
  }

  @Override
  protected void fail() {
    names =
        name -> {
          throw new UnknownHostException(name);
        };
  }

  @Override
  protected void answerGarbage() {
    names =
        name -> {
          throw new IllegalStateException("a resolver's bug");
        };
  }

  @Override
  protected Duration delay() {
    return Duration.ofMillis(5500);
  }

  @Test
  void addressesOfBothFamiliesAreEndpointsOnce() {
    answer("10.0.0.1", "2001:db8:0::1", "::ffff:10.0.0.1", "2001:DB8::1");

    assertThat(found(source("orders.example", time)))
        .isEqualTo(EndpointSet.of(Endpoint.of("10.0.0.1", PORT), Endpoint.of("2001:db8::1", PORT)));
  }

  @Test
  void eachEndpointHasTheFactsThatWereGiven() {
    answer("10.0.0.1");

    assertThat(found(source("orders.example", time).each(e -> e.weight(3).zone("a").secure(true))))
        .isEqualTo(
            EndpointSet.of(
                Endpoint.builder("10.0.0.1", PORT).weight(3).zone("a").secure(true).build()));
  }

  @Test
  void onlyAddressesThatPassTheFilterAreUsed() {
    answer("10.0.0.1", "2001:db8::1");

    assertThat(found(source("orders.example", time).filter(Inet4Address.class::isInstance)))
        .isEqualTo(EndpointSet.of(Endpoint.of("10.0.0.1", PORT)));
  }

  @Test
  void aNameWithoutAnAddressOfUseIsAFailure() {
    answer("10.0.0.1");
    RecordingSubscriber subscriber = subscribe(source("orders.example", time).filter(a -> false));

    assertThat(subscriber.sets).isEmpty();
    assertThat(subscriber.errors)
        .singleElement()
        .isInstanceOf(UnknownHostException.class)
        .hasToString(
            "java.net.UnknownHostException: orders.example: 1 addresses, none of use (expected: at"
                + " least one)");
  }

  @Test
  void aTrailingDotReachesTheResolver() {
    answer("10.0.0.1");
    found(source("Orders.Example.", time));
    found(source("Orders.Example", time));

    assertThat(asked).containsExactly("orders.example.", "orders.example");
  }

  @Test
  void theNameIsLookedUpEveryFiveSecondsGiveOrTakeATenth() {
    answer("10.0.0.1");
    found(source("orders.example", time));
    time.advance(Duration.ofSeconds(1000));

    assertThat(asked.size() - 1).isBetween(1000 * 10 / 55, 1000 * 10 / 45);
  }

  @Test
  void whatNoEndpointCanHaveIsRefusedAtOnce() {
    assertThatThrownBy(() -> DnsSource.of("a/b", PORT)).hasMessageStartingWith("host: \"a/b\"");
    assertThatThrownBy(() -> DnsSource.of("a", 0)).hasMessage("port: 0 (expected: 1..65535)");
    assertThatThrownBy(() -> DnsSource.builder("a", 1).each(e -> e.weight(-1)).build())
        .hasMessage("weight: -1.0 (expected: 0..1e9)");
  }

  @Test
  void aLiteralIsItsOwnAddress() {
    DnsSource.Builder loopback = DnsSource.builder("[::1]", PORT).scheduler(time);

    assertThat(found(loopback)).isEqualTo(EndpointSet.of(Endpoint.of("::1", PORT)));
    assertThat(loopback.build()).hasToString("DnsSource[::1, port 8080, every PT5S, jitter 0.1]");
  }

  private EndpointSet found(DnsSource.Builder source) {
    List<EndpointSet> sets = subscribe(source).sets;
    assertThat(sets).hasSize(1);
    return sets.get(0);
  }

  private RecordingSubscriber subscribe(DnsSource.Builder source) {
    RecordingSubscriber subscriber = new RecordingSubscriber(source.build());
    subscriber.request(Long.MAX_VALUE);
    time.run();
    return subscriber;
  }
}
