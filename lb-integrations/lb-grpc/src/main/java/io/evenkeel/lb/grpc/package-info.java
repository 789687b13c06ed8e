/** Health probes by gRPC's health checking protocol. */
@NullMarked
package io.evenkeel.lb.grpc;

import org.jspecify.annotations.NullMarked;
