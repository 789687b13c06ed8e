package io.evenkeel.lb.testkit.cluster;

import io.evenkeel.lb.Probe;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What a client of a run lives in: virtual time, and chance of its own. Health policies and the
 * like that keep time or draw must be built with these, or a run cannot be repeated.
 *
 * @param number counts the clients of the cluster from 1
 * @param ticker the clock of the run; 0 is the end of the warm-up
 * @param scheduler runs tasks in virtual time, on the thread that runs the cluster; a task that
 *     throws ends the run
 * @param random for what is plugged in; the balancer draws from another stream
 * @param probe asks servers that {@linkplain Server#reports() report}; they answer at once, and the
 *     answer takes its way
 * @param zone where it is; null if nowhere
 */
public record SimulatedClient(
    int number,
    Ticker ticker,
    Scheduler scheduler,
    RandomGenerator random,
    Probe probe,
    @Nullable String zone) {}
