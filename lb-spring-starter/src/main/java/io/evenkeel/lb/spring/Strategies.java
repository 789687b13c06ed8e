package io.evenkeel.lb.spring;

import static io.evenkeel.lb.spring.SettingException.kebab;

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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Strategies by name. */
final class Strategies {
  private static final List<Option> OPTIONS =
      List.of(
          new Option("metric", StrategyOptions::metric),
          new Option("tau", StrategyOptions::tau),
          new Option("failure-penalty", StrategyOptions::failurePenalty),
          new Option("choices", StrategyOptions::choices),
          new Option("full-scan-up-to", StrategyOptions::fullScanUpTo),
          new Option("idle", StrategyOptions::idle),
          new Option("random", StrategyOptions::random),
          new Option("slots", StrategyOptions::slots),
          new Option("points", StrategyOptions::points),
          new Option("shard-key", StrategyOptions::shardKey),
          new Option("update", StrategyOptions::update),
          new Option("blackout", StrategyOptions::blackout),
          new Option("expiry", StrategyOptions::expiry),
          new Option("error-penalty", StrategyOptions::errorPenalty));

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
    return Around.of(inner, service.in("around", ServiceProperties::around));
  }

  private Strategy inner(Layer<ServiceProperties> service) {
    String name = service.value(ServiceProperties::strategy, Named.IDLE_FIRST.text());
    Strategy bean = beans.get(name);
    Named named = Named.of(name);
    Layer<StrategyOptions> options =
        service.in("strategy-options", ServiceProperties::strategyOptions);
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
    return named.make(options);
  }

  private static boolean isUsual(Layer<ServiceProperties> service) {
    String usual = Named.IDLE_FIRST.text();
    return service
        .ofDefaults()
        .value(ServiceProperties::strategy, usual)
        .equals(service.value(ServiceProperties::strategy, usual));
  }

  /** What is set of a service, without options of the defaults that are about another strategy. */
  static Effective effective(Layer<ServiceProperties> service) {
    Effective all = Layer.effective(service);
    if (isUsual(service)) {
      return all;
    }
    String options = "strategy-options";
    return all.without(options)
        .with(
            options,
            Layer.effective(service.ofService().in(options, ServiceProperties::strategyOptions)));
  }

  private SettingException unknown(Layer<ServiceProperties> service, String name) {
    Map<String, String> known = new TreeMap<>();
    Arrays.stream(Named.values()).forEach(each -> known.put(each.text(), ""));
    beans.keySet().forEach(each -> known.put(each, ""));
    String near = Nearest.to(name, known.keySet());
    String property = service.name("strategy", ServiceProperties::strategy);
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
    for (Option option : OPTIONS) {
      Object value = options.value(option.read);
      if (value != null && !names.contains(option.name)) {
        throw SettingException.of(
            options.name(option.name, option.read),
            value,
            "not set with strategy "
                + strategy
                + ", whose options are: "
                + (known.isEmpty() ? "none" : known));
      }
    }
  }

  private record Option(String name, Function<StrategyOptions, @Nullable Object> read) {}

  private enum Named {
    IDLE_FIRST("metric, tau, failure-penalty, idle, random, full-scan-up-to") {
      @Override
      Strategy make(Layer<StrategyOptions> options) {
        IdleFirst.Builder builder = IdleFirst.builder().metric(metric(options));
        options.set("idle", StrategyOptions::idle, builder::idle);
        options.set("random", StrategyOptions::random, builder::random);
        options.set("full-scan-up-to", StrategyOptions::fullScanUpTo, builder::fullScanUpTo);
        return builder.build();
      }
    },
    POWER_OF_CHOICES("metric, tau, failure-penalty, choices, full-scan-up-to") {
      @Override
      Strategy make(Layer<StrategyOptions> options) {
        PowerOfChoices.Builder builder = PowerOfChoices.builder().metric(metric(options));
        options.set("choices", StrategyOptions::choices, builder::choices);
        options.set("full-scan-up-to", StrategyOptions::fullScanUpTo, builder::fullScanUpTo);
        return builder.build();
      }
    },
    LEAST_REQUESTS("") {
      @Override
      Strategy make(Layer<StrategyOptions> options) {
        return LeastLoad.requests();
      }
    },
    LEAST_LOAD("metric, tau, failure-penalty") {
      @Override
      Strategy make(Layer<StrategyOptions> options) {
        return LeastLoad.of(metric(options));
      }
    },
    ROUND_ROBIN("") {
      @Override
      Strategy make(Layer<StrategyOptions> options) {
        return RoundRobin.of();
      }
    },
    WEIGHTED_ROUND_ROBIN("") {
      @Override
      Strategy make(Layer<StrategyOptions> options) {
        return WeightedRoundRobin.of();
      }
    },
    RANDOM("") {
      @Override
      Strategy make(Layer<StrategyOptions> options) {
        return RandomChoice.of();
      }
    },
    WEIGHTED_RANDOM("") {
      @Override
      Strategy make(Layer<StrategyOptions> options) {
        return WeightedRandom.of();
      }
    },
    MAGLEV("slots") {
      @Override
      Strategy make(Layer<StrategyOptions> options) {
        Integer slots = options.value(StrategyOptions::slots);
        return slots == null ? Maglev.ofDefaults() : options.make(() -> Maglev.ofSlots(slots));
      }
    },
    RING_HASH("points") {
      @Override
      Strategy make(Layer<StrategyOptions> options) {
        Integer points = options.value(StrategyOptions::points);
        return points == null
            ? RingHash.ofDefaults()
            : options.make(() -> RingHash.ofPoints(points));
      }
    },
    RENDEZVOUS("") {
      @Override
      Strategy make(Layer<StrategyOptions> options) {
        return Rendezvous.of();
      }
    },
    JUMP_HASH("shard-key") {
      @Override
      Strategy make(Layer<StrategyOptions> options) {
        String key = options.value(StrategyOptions::shardKey, "shard");
        return JumpHash.of(endpoint -> shard(endpoint, key));
      }
    },
    RESPONSE_TIME_WEIGHTED("update") {
      @Override
      Strategy make(Layer<StrategyOptions> options) {
        ResponseTimeWeighted.Builder builder = ResponseTimeWeighted.builder();
        options.set("update", StrategyOptions::update, builder::update);
        return builder.build();
      }
    },
    UTILIZATION_WEIGHTED("update, blackout, expiry, error-penalty") {
      @Override
      Strategy make(Layer<StrategyOptions> options) {
        UtilizationWeighted.Builder builder = UtilizationWeighted.builder();
        options.set("update", StrategyOptions::update, builder::update);
        options.set("blackout", StrategyOptions::blackout, builder::blackout);
        options.set("expiry", StrategyOptions::expiry, builder::expiry);
        options.set("error-penalty", StrategyOptions::errorPenalty, builder::errorPenalty);
        return builder.build();
      }
    };

    private static final Map<String, Named> BY_TEXT =
        Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Named::text, each -> each));

    private final String options;

    Named(String options) {
      this.options = options;
    }

    abstract Strategy make(Layer<StrategyOptions> options);

    String text() {
      return kebab(name().replace('_', '-'));
    }

    static @Nullable Named of(String text) {
      return BY_TEXT.get(text);
    }
  }

  private static LoadMetric metric(Layer<StrategyOptions> options) {
    String name = options.value(StrategyOptions::metric, "peak-ewma");
    switch (name) {
      case "requests" -> {
        return LoadMetric.inFlight();
      }
      case "peak-ewma" -> {
        PeakEwma.Builder builder = PeakEwma.builder();
        options.set("tau", StrategyOptions::tau, builder::tau);
        options.set("failure-penalty", StrategyOptions::failurePenalty, builder::failurePenalty);
        return builder.build();
      }
      default ->
          throw SettingException.of(
              options.name("metric", StrategyOptions::metric), name, "peak-ewma or requests");
    }
  }

  private static int shard(Endpoint endpoint, String key) {
    String text = Objects.requireNonNullElse(endpoint.metadata().get(key), "");
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          key + " of " + endpoint + ": \"" + text + "\" (expected: a whole number, >= 0)", e);
    }
  }
}
