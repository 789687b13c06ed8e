@NullMarked
package io.evenkeel.lb.okhttp;

import org.jspecify.annotations.NullMarked;
