/**
 * Lets a server with servlets say how loaded it is. Begin with {@link
 * io.evenkeel.lb.servlet.LoadReportFilter}.
 */
@NullMarked
package io.evenkeel.lb.servlet;

import org.jspecify.annotations.NullMarked;
