package io.evenkeel.lb.spring;

import static io.evenkeel.lb.spring.SettingException.kebab;
import static java.util.Objects.requireNonNullElse;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.load.PeakEwma;
import io.evenkeel.lb.strategy.IdleFirst;
import io.evenkeel.lb.strategy.JumpHash;
import io.evenkeel.lb.strategy.LeastLoad;
import io.evenkeel.lb.strategy.Maglev;
import io.evenkeel.lb.strategy.PowerOfChoices;
import io.evenkeel.lb.strategy.RandomChoice;
import io.evenkeel.lb.strategy.Rendezvous;
import io.evenkeel.lb.strategy.ResponseTimeWeighted;
import io.evenkeel.lb.strategy.RingHash;
import io.evenkeel.lb.strategy.RoundRobin;
import io.evenkeel.lb.strategy.UtilizationWeighted;
import io.evenkeel.lb.strategy.WeightedRandom;
import io.evenkeel.lb.strategy.WeightedRoundRobin;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Strategies by name. */
final class Strategies {
  private static final String OPTIONS = "strategyOptions";

  private final Map<String, Strategy> beans;

  /**
   * @param beans by name; one that has the name of a strategy of the library takes its place
   */
  Strategies(Map<String, Strategy> beans) {
    this.beans = beans;
  }

  /**
   * The strategy of a service, with all that goes around it.
   *
   * @throws SettingException if it is not known, or an option is refused or not one of its own
   */
  Strategy of(Layer<ServiceProperties> service) {
    Strategy inner = inner(service);
    return Around.of(inner, service.in("around", AroundProperties.class));
  }

  private Strategy inner(Layer<ServiceProperties> service) {
    String name = name(service);
    Strategy bean = beans.get(name);
    Named named = Named.of(name);
    Layer<StrategyOptions> options = service.in(OPTIONS, StrategyOptions.class);
    if (bean != null) {
      refuseOthers(options.ofService(), name, "");
      return bean;
    }
    if (named == null) {
      throw unknown(service, name);
    }
    refuseOthers(options.ofService(), name, named.options);
    if (!isUsual(service)) {
      // Those of the defaults are about another strategy.
      options = options.ofService();
    } else {
      refuseOthers(options.ofDefaults(), name, named.options);
    }
    return made(named, options);
  }

  private static String name(Layer<ServiceProperties> service) {
    return requireNonNullElse(service.said().strategy(), Named.IDLE_FIRST.text());
  }

  private static boolean isUsual(Layer<ServiceProperties> service) {
    return name(service.ofDefaults()).equals(name(service));
  }

  /** What is set of a service, without options of the defaults that are about another strategy. */
  static Effective effective(Layer<ServiceProperties> service) {
    Effective all = Effective.of(service.said());
    if (isUsual(service)) {
      return all;
    }
    String options = kebab(OPTIONS);
    return all.without(options)
        .with(options, Effective.of(service.ofService().in(OPTIONS, StrategyOptions.class).said()));
  }

  private SettingException unknown(Layer<ServiceProperties> service, String name) {
    Map<String, String> known = new TreeMap<>();
    Arrays.stream(Named.values()).forEach(each -> known.put(each.text(), ""));
    beans.keySet().forEach(each -> known.put(each, ""));
    String near = Nearest.to(name, known.keySet());
    String property = service.name("strategy");
    return SettingException.of(
        property,
        name,
        "one of " + String.join(", ", known.keySet()) + ", or the name of a Strategy bean",
        near == null
            ? "Set " + property + " to one of these."
            : "Did you mean \"" + near + "\"? Set " + property + " to that.");
  }

  private static void refuseOthers(Layer<StrategyOptions> options, String strategy, String known) {
    List<String> names = List.of(known.split(", "));
    StrategyOptions said = options.said();
    for (RecordComponent option : StrategyOptions.class.getRecordComponents()) {
      Object value = Groups.value(option, said);
      if (value != null && !names.contains(kebab(option.getName()))) {
        throw SettingException.of(
            options.name(option.getName()),
            value,
            "not set with strategy "
                + strategy
                + ", whose options are: "
                + (known.isEmpty() ? "none" : known));
      }
    }
  }

  private enum Named {
    IDLE_FIRST("metric, tau, failure-penalty, idle, random, full-scan-up-to"),
    POWER_OF_CHOICES("metric, tau, failure-penalty, choices, full-scan-up-to"),
    LEAST_REQUESTS(""),
    LEAST_LOAD("metric, tau, failure-penalty"),
    ROUND_ROBIN(""),
    WEIGHTED_ROUND_ROBIN(""),
    RANDOM(""),
    WEIGHTED_RANDOM(""),
    MAGLEV("slots"),
    RING_HASH("points"),
    RENDEZVOUS(""),
    JUMP_HASH("shard-key"),
    RESPONSE_TIME_WEIGHTED("update"),
    UTILIZATION_WEIGHTED("update, blackout, expiry, error-penalty");

    private final String options;

    Named(String options) {
      this.options = options;
    }

    String text() {
      return kebab(name().replace('_', '-'));
    }

    static @Nullable Named of(String text) {
      for (Named each : values()) {
        if (each.text().equals(text)) {
          return each;
        }
      }
      return null;
    }
  }

  private static Strategy made(Named named, Layer<StrategyOptions> options) {
    return switch (named) {
      case IDLE_FIRST -> idleFirst(options);
      case POWER_OF_CHOICES -> powerOfChoices(options);
      case LEAST_REQUESTS -> LeastLoad.requests();
      case LEAST_LOAD -> LeastLoad.of(metric(options));
      case ROUND_ROBIN -> RoundRobin.of();
      case WEIGHTED_ROUND_ROBIN -> WeightedRoundRobin.of();
      case RANDOM -> RandomChoice.of();
      case WEIGHTED_RANDOM -> WeightedRandom.of();
      case MAGLEV -> {
        Integer slots = options.said().slots();
        yield slots == null ? Maglev.ofDefaults() : options.make(() -> Maglev.ofSlots(slots));
      }
      case RING_HASH -> {
        Integer points = options.said().points();
        yield points == null
            ? RingHash.ofDefaults()
            : options.make(() -> RingHash.ofPoints(points));
      }
      case RENDEZVOUS -> Rendezvous.of();
      case JUMP_HASH -> {
        String key = requireNonNullElse(options.said().shardKey(), "shard");
        yield JumpHash.of(endpoint -> shard(endpoint, key));
      }
      case RESPONSE_TIME_WEIGHTED -> {
        ResponseTimeWeighted.Builder builder = ResponseTimeWeighted.builder();
        options.set("update", options.said().update(), builder::update);
        yield builder.build();
      }
      case UTILIZATION_WEIGHTED -> utilizationWeighted(options);
    };
  }

  private static Strategy idleFirst(Layer<StrategyOptions> options) {
    StrategyOptions said = options.said();
    IdleFirst.Builder builder = IdleFirst.builder().metric(metric(options));
    options.set("idle", said.idle(), builder::idle);
    options.set("random", said.random(), builder::random);
    options.set("fullScanUpTo", said.fullScanUpTo(), builder::fullScanUpTo);
    return builder.build();
  }

  private static Strategy powerOfChoices(Layer<StrategyOptions> options) {
    StrategyOptions said = options.said();
    PowerOfChoices.Builder builder = PowerOfChoices.builder().metric(metric(options));
    options.set("choices", said.choices(), builder::choices);
    options.set("fullScanUpTo", said.fullScanUpTo(), builder::fullScanUpTo);
    return builder.build();
  }

  private static Strategy utilizationWeighted(Layer<StrategyOptions> options) {
    StrategyOptions said = options.said();
    UtilizationWeighted.Builder builder = UtilizationWeighted.builder();
    options.set("update", said.update(), builder::update);
    options.set("blackout", said.blackout(), builder::blackout);
    options.set("expiry", said.expiry(), builder::expiry);
    options.set("errorPenalty", said.errorPenalty(), builder::errorPenalty);
    return builder.build();
  }

  private static LoadMetric metric(Layer<StrategyOptions> options) {
    StrategyOptions said = options.said();
    String name = requireNonNullElse(said.metric(), "peak-ewma");
    switch (name) {
      case "requests" -> {
        return LoadMetric.inFlight();
      }
      case "peak-ewma" -> {
        PeakEwma.Builder builder = PeakEwma.builder();
        options.set("tau", said.tau(), builder::tau);
        options.set("failurePenalty", said.failurePenalty(), builder::failurePenalty);
        return builder.build();
      }
      default -> throw SettingException.of(options.name("metric"), name, "peak-ewma or requests");
    }
  }

  private static int shard(Endpoint endpoint, String key) {
    String text = requireNonNullElse(endpoint.metadata().get(key), "");
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          key + " of " + endpoint + ": \"" + text + "\" (expected: a whole number, >= 0)", e);
    }
  }
}
