package io.evenkeel.lb.spring;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Options of strategies. Each strategy has some of them; one that it does not have is an error.
 *
 * @param metric What load is: "peak-ewma" or "requests".
 * @param tau Time constant of latencies.
 * @param failurePenalty How much slower a failure counts.
 * @param choices How many endpoints power-of-choices compares.
 * @param fullScanUpTo Up to how many endpoints all are compared.
 * @param idle How many idle endpoints idle-first compares.
 * @param random How many endpoints idle-first compares where none is idle.
 * @param slots Size of Maglev's table.
 * @param points Points of a ring hash for each endpoint.
 * @param shardKey Metadata key of the number that jump-hash goes by.
 * @param update How often weights are reckoned anew.
 * @param blackout How long reports of a new endpoint are not trusted.
 * @param expiry After which time a report is too old.
 * @param errorPenalty How much errors count against reported utilisation.
 */
record StrategyOptions(
    @Nullable String metric,
    @Nullable Duration tau,
    @Nullable Double failurePenalty,
    @Nullable Integer choices,
    @Nullable Integer fullScanUpTo,
    @Nullable Integer idle,
    @Nullable Integer random,
    @Nullable Integer slots,
    @Nullable Integer points,
    @Nullable String shardKey,
    @Nullable Duration update,
    @Nullable Duration blackout,
    @Nullable Duration expiry,
    @Nullable Double errorPenalty) {}
