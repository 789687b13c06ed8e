/** What a node's own traffic shows beside that of the others: pure functions over counts. */
@NullMarked
package io.evenkeel.lb.health.detect;

import org.jspecify.annotations.NullMarked;
