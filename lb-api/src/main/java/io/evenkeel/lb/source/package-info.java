/** Endpoint sources that need no third party: a polled supplier, DNS, and a file. */
@NullMarked
package io.evenkeel.lb.source;

import org.jspecify.annotations.NullMarked;
