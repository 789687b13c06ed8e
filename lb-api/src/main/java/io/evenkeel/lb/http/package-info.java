/** What HTTP says of requests and of endpoints, whatever client has sent them. For adapters. */
@NullMarked
package io.evenkeel.lb.http;

import org.jspecify.annotations.NullMarked;
