@NullMarked
package io.evenkeel.lb.servlet;

import org.jspecify.annotations.NullMarked;
