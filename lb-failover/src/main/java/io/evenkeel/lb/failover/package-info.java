/** One call that finishes in time on some endpoint, without making an outage worse. */
@NullMarked
package io.evenkeel.lb.failover;

import org.jspecify.annotations.NullMarked;
