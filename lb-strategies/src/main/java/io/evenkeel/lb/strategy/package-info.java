/**
 * Balancing strategies. Each is an immutable policy; {@code of} and {@code builder} make one, and
 * {@code toString} prints its settings.
 */
@NullMarked
package io.evenkeel.lb.strategy;

import org.jspecify.annotations.NullMarked;
