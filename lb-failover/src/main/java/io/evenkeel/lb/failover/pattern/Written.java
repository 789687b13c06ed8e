package io.evenkeel.lb.failover.pattern;

import org.jspecify.annotations.Nullable;

/**
 * The result of a write, and up to where a replica must have come to show it.
 *
 * @param value what the operation resulted in
 * @param token for {@link ReadWrite#readAfter}; grows from write to write
 */
public record Written<T extends @Nullable Object>(T value, long token) {}
