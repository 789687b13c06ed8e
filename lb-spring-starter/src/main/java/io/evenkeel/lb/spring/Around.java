package io.evenkeel.lb.spring;

import static java.util.Objects.requireNonNullElse;

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
    if (!around.isSet()) {
      return inner;
    }
    Strategy strategy = inner;
    strategy = bounded(strategy, around);
    strategy = subset(strategy, around.in("subset", Subset.class));
    strategy = zone(strategy, around.in("zone", Zone.class));
    strategy = tiers(strategy, around.in("tiers", Tiers.class));
    strategy = slowStart(strategy, around.in("slowStart", SlowStart.class));
    return sessions(strategy, around.in("sessions", Sessions.class));
  }

  private static Strategy sessions(Strategy inner, Layer<Sessions> sessions) {
    Sessions said = sessions.said();
    if (!requireNonNullElse(said.enabled(), sessions.isSet())) {
      return inner;
    }
    StickySessions.Builder builder = sessions.make(() -> StickySessions.builder(inner));
    sessions.set("maxSessions", said.maxSessions(), builder::maxSessions);
    sessions.set("idle", said.idle(), builder::idle);
    return sessions.make(builder::build);
  }

  private static Strategy bounded(Strategy inner, Layer<AroundProperties> around) {
    Double factor = around.said().boundedLoad();
    if (factor == null) {
      return inner;
    }
    try {
      return BoundedLoad.of(inner, factor);
    } catch (IllegalArgumentException e) {
      throw SettingException.of(around.name("boundedLoad"), factor, e);
    }
  }

  private static Strategy subset(Strategy inner, Layer<Subset> subset) {
    if (!subset.isSet()) {
      return inner;
    }
    String client = subset.said().client();
    Integer size = subset.said().size();
    if (client == null || size == null) {
      boolean unnamed = client == null;
      throw SettingException.of(
          subset.name(unnamed ? "client" : "size"),
          null,
          unnamed ? "a name that no other client has" : "how many endpoints to use");
    }
    return subset.make(() -> io.evenkeel.lb.strategy.Subset.byRendezvous(inner, client, size));
  }

  private static Strategy zone(Strategy inner, Layer<Zone> zone) {
    if (!zone.isSet()) {
      return inner;
    }
    String name = zone.said().name();
    if (name == null) {
      throw SettingException.of(zone.name("name"), null, "the zone that this client is in");
    }
    ZoneAware.Builder builder = zone.make(() -> ZoneAware.builder(inner, name));
    zone.set("minNodes", zone.said().minNodes(), builder::minNodes);
    return zone.make(builder::build);
  }

  private static Strategy tiers(Strategy inner, Layer<Tiers> tiers) {
    Tiers said = tiers.said();
    if (!requireNonNullElse(said.enabled(), tiers.isSet())) {
      return inner;
    }
    PriorityTiers.Builder builder = tiers.make(() -> PriorityTiers.builder(inner));
    tiers.set("overprovisioning", said.overprovisioning(), builder::overprovisioning);
    return tiers.make(builder::build);
  }

  private static Strategy slowStart(Strategy inner, Layer<SlowStart> slowStart) {
    if (!slowStart.isSet()) {
      return inner;
    }
    SlowStart said = slowStart.said();
    io.evenkeel.lb.strategy.SlowStart.Builder builder =
        slowStart.make(() -> io.evenkeel.lb.strategy.SlowStart.builder(inner));
    slowStart.set("window", said.window(), builder::window);
    slowStart.set("aggression", said.aggression(), builder::aggression);
    return slowStart.make(builder::build);
  }
}
