package io.evenkeel.lb.benchmark.peer;

import io.evenkeel.lb.benchmark.fault.Peer;
import io.evenkeel.lb.benchmark.fault.PeerRig;
import io.evenkeel.lb.benchmark.fault.PeerServers;
import java.io.IOException;

/** gRPC's own channel and servers, as a careful user has them; see {@link GrpcRig}. */
public final class GrpcFaultPeer implements Peer {
  /** For {@link java.util.ServiceLoader}. */
  public GrpcFaultPeer() {}

  @Override
  public String name() {
    return "grpc";
  }

  @Override
  public PeerRig start(PeerServers servers) throws IOException {
    return GrpcRig.start(servers);
  }
}
