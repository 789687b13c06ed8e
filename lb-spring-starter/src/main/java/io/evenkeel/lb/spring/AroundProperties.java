package io.evenkeel.lb.spring;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What goes around a strategy. Each is there if something of it is set.
 *
 * @param slowStart New endpoints get their requests by degrees.
 * @param tiers Endpoints are used by priority.
 * @param zone Requests stay in the client's zone as far as its endpoints can take them.
 * @param subset Only some of the endpoints are used.
 * @param boundedLoad How many times its share of the requests in flight an endpoint may have.
 * @param sessions Sessions stay where they are.
 */
record AroundProperties(
    @Nullable SlowStart slowStart,
    @Nullable Tiers tiers,
    @Nullable Zone zone,
    @Nullable Subset subset,
    @Nullable Double boundedLoad,
    @Nullable Sessions sessions) {

  /**
   * @param window Over what time.
   * @param aggression Above 1 more at first, below 1 less.
   */
  record SlowStart(@Nullable Duration window, @Nullable Double aggression) {}

  /**
   * @param enabled Whether to go by priority.
   * @param overprovisioning How many times its share of the requests a tier can take.
   */
  record Tiers(@Nullable Boolean enabled, @Nullable Double overprovisioning) {}

  /**
   * @param name The zone that this client is in.
   * @param minNodes With fewer endpoints than this zones are not looked at.
   */
  record Zone(@Nullable String name, @Nullable Integer minNodes) {}

  /**
   * @param client What this client is called, different from others.
   * @param size How many endpoints it uses.
   */
  record Subset(@Nullable String client, @Nullable Integer size) {}

  /**
   * @param enabled Whether sessions stay.
   * @param maxSessions How many are remembered.
   * @param idle How long one is remembered without requests.
   */
  record Sessions(
      @Nullable Boolean enabled, @Nullable Integer maxSessions, @Nullable Duration idle) {}
}
