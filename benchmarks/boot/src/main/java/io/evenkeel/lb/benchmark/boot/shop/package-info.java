/** The application that is measured, and the processes that it runs in. */
@NullMarked
package io.evenkeel.lb.benchmark.boot.shop;

import org.jspecify.annotations.NullMarked;
