package io.evenkeel.lb.spring;

import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.spring.AroundProperties.Sessions;
import io.evenkeel.lb.spring.AroundProperties.SlowStart;
import io.evenkeel.lb.spring.AroundProperties.Subset;
import io.evenkeel.lb.spring.AroundProperties.Tiers;
import io.evenkeel.lb.spring.AroundProperties.Zone;
import io.evenkeel.lb.strategy.BoundedLoad;
import io.evenkeel.lb.strategy.PriorityTiers;
import io.evenkeel.lb.strategy.StickySessions;
import io.evenkeel.lb.strategy.ZoneAware;

/** What goes around a strategy, in the one order in which all of it makes sense. */
final class Around {
  private Around() {}

  static Strategy of(Strategy inner, Layer<AroundProperties> around) {
    Strategy strategy = inner;
    strategy = sessions(strategy, around.in("sessions", AroundProperties::sessions));
    strategy = bounded(strategy, around);
    strategy = subset(strategy, around.in("subset", AroundProperties::subset));
    strategy = zone(strategy, around.in("zone", AroundProperties::zone));
    strategy = tiers(strategy, around.in("tiers", AroundProperties::tiers));
    return slowStart(strategy, around.in("slow-start", AroundProperties::slowStart));
  }

  private static Strategy sessions(Strategy inner, Layer<Sessions> sessions) {
    if (!sessions.value(Sessions::enabled, sessions.isSet())) {
      return inner;
    }
    StickySessions.Builder builder = sessions.make(() -> StickySessions.builder(inner));
    sessions.set("max-sessions", Sessions::maxSessions, builder::maxSessions);
    sessions.set("idle", Sessions::idle, builder::idle);
    return sessions.make(builder::build);
  }

  private static Strategy bounded(Strategy inner, Layer<AroundProperties> around) {
    Double factor = around.value(AroundProperties::boundedLoad);
    if (factor == null) {
      return inner;
    }
    try {
      return BoundedLoad.of(inner, factor);
    } catch (IllegalArgumentException e) {
      throw SettingException.of(
          around.name("bounded-load", AroundProperties::boundedLoad), factor, e);
    }
  }

  private static Strategy subset(Strategy inner, Layer<Subset> subset) {
    if (!subset.isSet()) {
      return inner;
    }
    String client = subset.value(Subset::client);
    Integer size = subset.value(Subset::size);
    if (client == null || size == null) {
      boolean unnamed = client == null;
      throw SettingException.of(
          unnamed ? subset.name("client", Subset::client) : subset.name("size", Subset::size),
          null,
          unnamed ? "a name that no other client has" : "how many endpoints to use");
    }
    return subset.make(() -> io.evenkeel.lb.strategy.Subset.byRendezvous(inner, client, size));
  }

  private static Strategy zone(Strategy inner, Layer<Zone> zone) {
    if (!zone.isSet()) {
      return inner;
    }
    String name = zone.value(Zone::name);
    if (name == null) {
      throw SettingException.of(
          zone.name("name", Zone::name), null, "the zone that this client is in");
    }
    ZoneAware.Builder builder = zone.make(() -> ZoneAware.builder(inner, name));
    zone.set("min-nodes", Zone::minNodes, builder::minNodes);
    return zone.make(builder::build);
  }

  private static Strategy tiers(Strategy inner, Layer<Tiers> tiers) {
    if (!tiers.value(Tiers::enabled, tiers.isSet())) {
      return inner;
    }
    PriorityTiers.Builder builder = tiers.make(() -> PriorityTiers.builder(inner));
    tiers.set("overprovisioning", Tiers::overprovisioning, builder::overprovisioning);
    return tiers.make(builder::build);
  }

  private static Strategy slowStart(Strategy inner, Layer<SlowStart> slowStart) {
    if (!slowStart.isSet()) {
      return inner;
    }
    io.evenkeel.lb.strategy.SlowStart.Builder builder =
        slowStart.make(() -> io.evenkeel.lb.strategy.SlowStart.builder(inner));
    slowStart.set("window", SlowStart::window, builder::window);
    slowStart.set("aggression", SlowStart::aggression, builder::aggression);
    return slowStart.make(builder::build);
  }
}
