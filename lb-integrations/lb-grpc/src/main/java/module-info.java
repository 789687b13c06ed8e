/** Health probes by gRPC's health checking protocol, and what a status says of an endpoint. */
module io.evenkeel.lb.grpc {
  requires transitive io.evenkeel.lb;
  requires static transitive io.evenkeel.lb.failover;
  requires transitive io.evenkeel.lb.health;
  requires transitive io.grpc;
  requires io.grpc.services;
  requires io.grpc.stub;
  requires com.google.protobuf;
  requires static transitive org.jspecify;

  exports io.evenkeel.lb.grpc;
}
