/**
 * Client-side load balancing for OkHttp 5: a request to {@code http://orders/...} goes to an
 * endpoint of the balancer named {@code orders}. Begin with {@link
 * io.evenkeel.lb.okhttp.BalancerInterceptor}.
 */
@NullMarked
package io.evenkeel.lb.okhttp;

import org.jspecify.annotations.NullMarked;
