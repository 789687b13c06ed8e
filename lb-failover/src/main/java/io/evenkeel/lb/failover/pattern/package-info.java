/**
 * Patterns of high availability over several balancers or endpoints: one active and others standing
 * by, the same call to several, writes apart from reads, shards, migration.
 */
@NullMarked
package io.evenkeel.lb.failover.pattern;

import org.jspecify.annotations.NullMarked;
