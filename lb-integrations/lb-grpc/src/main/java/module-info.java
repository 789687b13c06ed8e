/** Health probes by gRPC's health checking protocol. */
module io.evenkeel.lb.grpc {
  requires transitive io.evenkeel.lb;
  requires transitive io.evenkeel.lb.health;
  requires transitive io.grpc;
  requires io.grpc.services;
  requires io.grpc.stub;
  requires com.google.protobuf;
  requires static transitive org.jspecify;

  exports io.evenkeel.lb.grpc;
}
