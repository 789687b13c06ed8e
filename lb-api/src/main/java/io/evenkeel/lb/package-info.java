/**
 * Chooses an endpoint for each request and learns from how the request went.
 *
 * <p>An {@link io.evenkeel.lb.EndpointSource} publishes sets of {@linkplain io.evenkeel.lb.Endpoint
 * endpoints}. A {@link io.evenkeel.lb.Balancer} keeps one {@link io.evenkeel.lb.Node} for each, and
 * asks a {@link io.evenkeel.lb.Strategy} which of them a request should go to. The caller tells the
 * node when the request begins and how it ended; load, health and listeners all live on that.
 *
 * <p>One pattern everywhere: an immutable policy makes live state. {@code Strategy} makes a {@link
 * io.evenkeel.lb.Selector}, {@link io.evenkeel.lb.LoadMetric} a {@link io.evenkeel.lb.LoadMeter},
 * {@link io.evenkeel.lb.HealthPolicy} a {@link io.evenkeel.lb.HealthIndicator}. Policies can be
 * shared; the state that they make belongs to one balancer.
 */
@NullMarked
package io.evenkeel.lb;

import org.jspecify.annotations.NullMarked;
