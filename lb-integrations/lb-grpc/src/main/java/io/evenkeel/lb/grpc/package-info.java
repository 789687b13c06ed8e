/** Health probes by gRPC's health checking protocol, and what a status says of an endpoint. */
@NullMarked
package io.evenkeel.lb.grpc;

import org.jspecify.annotations.NullMarked;
