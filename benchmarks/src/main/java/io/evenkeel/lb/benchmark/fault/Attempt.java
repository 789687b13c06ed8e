package io.evenkeel.lb.benchmark.fault;

import io.evenkeel.lb.Outcome;

/**
 * An attempt that has ended. Times are by {@link System#nanoTime}.
 *
 * @param endpoint where it went
 * @param begun when it began
 * @param ended when it ended
 */
record Attempt(String endpoint, Outcome outcome, long begun, long ended) {}
