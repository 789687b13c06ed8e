package io.evenkeel.lb.health;

import io.evenkeel.lb.Endpoint;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How fit an endpoint of a balancer is, and why.
 *
 * @param balancer the name of the balancer
 * @param endpoint the facts of the endpoint
 * @param state what it may be used for
 * @param share with how much of its weight, from 0 to 1
 * @param sinceNanos when it got into the state, by the balancer's ticker
 * @param untilNanos when it will leave the state if nothing else happens, by the balancer's ticker
 * @param why for people, safe to print
 * @param ejections how often it was ejected, less what it has made good since; not counted beyond
 *     what makes the longest time
 * @param verdicts what each check says, by the words of the check; safe to print
 * @param suspicions what detectors hold against it that has no effect: because they only report, or
 *     because too much is ejected already; safe to print
 */
public record EndpointHealth(
    String balancer,
    Endpoint endpoint,
    HealthState state,
    double share,
    long sinceNanos,
    OptionalLong untilNanos,
    String why,
    int ejections,
    Map<String, Verdict> verdicts,
    List<String> suspicions) {}
