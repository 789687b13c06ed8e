/**
 * A simulator of clients and servers in virtual time, to try a strategy or a setting before
 * production does. Begin with {@link io.evenkeel.lb.testkit.cluster.Cluster}.
 */
@NullMarked
package io.evenkeel.lb.testkit.cluster;

import org.jspecify.annotations.NullMarked;
