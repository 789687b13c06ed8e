/** Load metrics: what strategies that compare nodes compare. */
@NullMarked
package io.evenkeel.lb.load;

import org.jspecify.annotations.NullMarked;
