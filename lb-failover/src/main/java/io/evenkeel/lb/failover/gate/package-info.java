/**
 * What an endpoint lets through: breakers, bulkheads and limits that adapt. Each is a {@link
 * io.evenkeel.lb.HealthPolicy}; an endpoint that refuses is passed over, so that the request
 * succeeds elsewhere.
 */
@NullMarked
package io.evenkeel.lb.failover.gate;

import org.jspecify.annotations.NullMarked;
