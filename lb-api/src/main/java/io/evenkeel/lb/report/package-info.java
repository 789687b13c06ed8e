/** What endpoints say of their own load, and how it is written in headers. */
@NullMarked
package io.evenkeel.lb.report;

import org.jspecify.annotations.NullMarked;
