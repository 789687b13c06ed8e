package io.evenkeel.lb.spring.actuator;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.health.HealthRegistry;
import io.evenkeel.lb.health.Order;
import io.evenkeel.lb.spring.LoadBalancers;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Takes orders about endpoints from the page and passes them to the health registry. Thread-safe.
 */
final class OrderDesk {
  static final int MAX_BODY = 16 * 1024;

  /** No form and no link of another site can send it, and no script without being asked about. */
  static final String HEADER = "X-Evenkeel";

  private static final Duration DRAIN_LIMIT = Duration.ofMinutes(10);

  private final LoadBalancers balancers;
  private final HealthRegistry health;
  private final boolean open;
  private final JsonMapper json =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  /** A desk that is closed refuses everything. */
  OrderDesk(LoadBalancers balancers, HealthRegistry health, boolean open) {
    this.balancers = balancers;
    this.health = health;
    this.open = open;
  }

  boolean isOpen() {
    return open;
  }

  /** What is to be done with an endpoint. */
  enum Action {
    DRAIN("is drained"),
    DISABLE("is disabled"),
    WEIGH("gets a share of its weight"),
    ENABLE("is under no order");

    private final String done;

    Action(String done) {
      this.done = done;
    }
  }

  /**
   * An order as it is written.
   *
   * @param action one of {@link Action}, in lower case
   * @param reason why
   * @param limitSeconds after which time it is void; null for never
   * @param sharePercent of its weight; null except to weigh
   */
  record Written(
      @Nullable String service,
      @Nullable String endpoint,
      @Nullable String action,
      @Nullable String reason,
      @Nullable Long limitSeconds,
      @Nullable Double sharePercent) {}

  /** Why a request is refused before its body is read; null if it is not. */
  @Nullable Reply refusal(Asked asked) {
    if (!asked.method().equals("POST")) {
      return Reply.notAllowed("POST");
    }
    if (!open) {
      return Reply.text(
          403,
          "Orders are switched off: evenkeel.actuator.writes is not true, or the endpoint's access"
              + " is read-only.");
    }
    String type = asked.header("Content-Type");
    if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
      return Reply.text(415, "Only application/json is read here.");
    }
    if (asked.isFromElsewhere() || !"1".equals(asked.header(HEADER))) {
      return Reply.text(
          403, "An order needs the header " + HEADER + ": 1, and no page of another origin.");
    }
    return null;
  }

  /** Does what is written, or says why not. */
  Reply give(Asked asked, byte[] body) {
    if (body.length > MAX_BODY) {
      return Reply.text(413, "An order has at most " + MAX_BODY + " bytes.");
    }
    try {
      Written written = json.readValue(body, Written.class);
      return written == null ? Reply.text(400, "This is no order: null") : give(asked, written);
    } catch (JacksonException e) {
      return Reply.text(400, "This is no order: " + Printed.line(e.getOriginalMessage()));
    } catch (IllegalArgumentException e) {
      return Reply.text(400, Printed.line(e.getMessage()));
    } catch (IllegalStateException e) {
      return Reply.text(409, Printed.line(e.getMessage()));
    }
  }

  private Reply give(Asked asked, Written written) {
    String service = required("service", written.service()).toLowerCase(Locale.ROOT);
    String endpoint = required("endpoint", written.endpoint());
    Action action = action(required("action", written.action()));
    Set<String> known =
        balancers.names().contains(service)
            ? balancers.balancer(service).endpoints().endpoints().stream()
                .map(Endpoint::id)
                .collect(Collectors.toSet())
            : Set.of();
    // What is gone can be enabled, so that an order does not wait for it.
    if (!known.contains(endpoint) && action != Action.ENABLE) {
      return Reply.text(404, "There is no such endpoint.");
    }
    switch (action) {
      case DRAIN -> {
        var unused = health.drain(service, endpoint, DRAIN_LIMIT, order(asked, written));
      }
      case DISABLE -> health.disable(service, endpoint, order(asked, written));
      case WEIGH ->
          health.weigh(service, endpoint, share(written.sharePercent()), order(asked, written));
      case ENABLE -> health.enable(service, endpoint);
    }
    return Reply.text(200, Printed.line(endpoint) + " of " + service + " " + action.done + ".");
  }

  private static String required(String name, @Nullable String value) {
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: a value)");
    }
    return value;
  }

  private static Action action(String written) {
    for (Action each : Action.values()) {
      if (ServiceLog.word(each).equals(written)) {
        return each;
      }
    }
    throw new IllegalArgumentException(
        "action: " + written + " (expected: drain, disable, weigh or enable)");
  }

  private static double share(@Nullable Double percent) {
    if (percent == null) {
      throw new IllegalArgumentException("sharePercent: null (expected: 0.1..100)");
    }
    return percent / 100;
  }

  private static Order order(Asked asked, Written written) {
    String user = asked.user();
    String actor = user == null ? "the page" : Printed.line(user);
    String reason = Printed.line(required("reason", written.reason()));
    Long limit = written.limitSeconds();
    // The registry does not say when an order ends, so its reason does.
    return limit == null
        ? Order.by(actor, reason)
        : Order.by(actor, reason + " (for " + limit + " s)")
            .expiringAfter(Duration.ofSeconds(limit));
  }
}
