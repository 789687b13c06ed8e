package io.evenkeel.lb.benchmark.peer;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.benchmark.fault.PeerRig;
import io.evenkeel.lb.benchmark.fault.PeerServers;
import io.evenkeel.lb.testkit.rig.Reply;
import io.evenkeel.lb.testkit.rig.ServerProcess;
import io.evenkeel.lb.testkit.rig.SilentNetwork;
import io.grpc.CallOptions;
import io.grpc.ClientStreamTracer;
import io.grpc.EquivalentAddressGroup;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.StatusOr;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A channel with round robin beneath outlier detection, retries for the method that may be
 * repeated, throttled as gRPC's own documents propose, and a keep-alive as short as a channel
 * allows: ten seconds. gRPC for Java has no time limit of an attempt; what is stuck takes the whole
 * deadline.
 */
final class GrpcRig implements PeerRig {
  private static final byte[] NOTHING = {};

  private static final Map<String, ?> SERVICE_CONFIG =
      Map.of(
          "loadBalancingConfig",
          List.of(
              Map.of(
                  "outlier_detection_experimental",
                  Map.of(
                      "interval",
                      "1s",
                      "baseEjectionTime",
                      "5s",
                      "maxEjectionTime",
                      "30s",
                      "maxEjectionPercent",
                      50.0,
                      "failurePercentageEjection",
                      Map.of(
                          "threshold", 50.0,
                          "enforcementPercentage", 100.0,
                          "minimumHosts", 3.0,
                          "requestVolume", 10.0),
                      "childPolicy",
                      List.of(Map.of("round_robin", Map.of()))))),
          "methodConfig",
          List.of(
              Map.of(
                  "name",
                  List.of(Map.of("service", "rig", "method", "get")),
                  "retryPolicy",
                  Map.of(
                      "maxAttempts",
                      3.0,
                      "initialBackoff",
                      "0.025s",
                      "maxBackoff",
                      "0.1s",
                      "backoffMultiplier",
                      2.0,
                      "retryableStatusCodes",
                      List.of("UNAVAILABLE")))),
          "retryThrottling",
          Map.of("maxTokens", 100.0, "tokenRatio", 0.1));

  private final @Nullable ServerProcess door;
  private final List<GrpcProcess> servers;
  private final List<EquivalentAddressGroup> addresses = new ArrayList<>();
  private final List<ManagedChannel> directly = new ArrayList<>();
  private final CallOptions options;
  private final Duration deadline;
  private final Queue<Long> attempts = new ConcurrentLinkedQueue<>();
  private volatile ManagedChannel channel;

  private GrpcRig(@Nullable ServerProcess door, List<GrpcProcess> servers, Duration deadline) {
    this.door = door;
    this.servers = servers;
    this.deadline = deadline;
    this.options = CallOptions.DEFAULT.withStreamTracerFactory(new Counting(attempts));
    for (GrpcProcess server : servers) {
      SocketAddress address = new InetSocketAddress(server.host(), server.port());
      addresses.add(new EquivalentAddressGroup(address));
      directly.add(NettyChannelBuilder.forAddress(address).usePlaintext().build());
    }
    this.channel = channel(addresses);
  }

  // A registry would have the addresses for all channels of the JVM.
  @SuppressWarnings("deprecation")
  private static ManagedChannel channel(List<EquivalentAddressGroup> addresses) {
    return NettyChannelBuilder.forTarget("rig:///orders")
        .nameResolverFactory(new Fixed(addresses))
        .usePlaintext()
        .defaultServiceConfig(SERVICE_CONFIG)
        .enableRetry()
        .keepAliveTime(10, TimeUnit.SECONDS)
        .keepAliveTimeout(1, TimeUnit.SECONDS)
        .build();
  }

  static GrpcRig start(PeerServers asked) throws IOException {
    List<GrpcProcess> servers = new ArrayList<>();
    ServerProcess door = null;
    SilentNetwork network = asked.network();
    if (network != null) {
      // Any process that is in the network lets others in.
      door = ServerProcess.builder().in(network).start();
      String inside = Long.toString(door.pid());
      List<String> enter = List.of("nsenter", "--target", inside, "--net", "--");
      servers.add(new GrpcProcess(enter, network.address(), asked));
    }
    while (servers.size() < asked.count()) {
      servers.add(new GrpcProcess(List.of(), "127.0.0.1", asked));
    }
    return new GrpcRig(door, servers, asked.deadline());
  }

  @Override
  public Reply get() {
    return call(GrpcEcho.GET);
  }

  @Override
  public Reply post() {
    return call(GrpcEcho.POST);
  }

  private Reply call(MethodDescriptor<byte[], byte[]> method) {
    CallOptions limited = options.withDeadlineAfter(deadline.toNanos(), TimeUnit.NANOSECONDS);
    try {
      byte[] unused = ClientCalls.blockingUnaryCall(channel, method, limited, NOTHING);
      return new Reply(Reply.NOWHERE, Outcome.SUCCESS);
    } catch (StatusRuntimeException e) {
      return new Reply(Reply.NOWHERE, Outcome.FAILURE, e.toString());
    }
  }

  @Override
  public void direct(int server) {
    byte[] unused =
        ClientCalls.blockingUnaryCall(
            directly.get(server), GrpcEcho.GET, CallOptions.DEFAULT.withWaitForReady(), NOTHING);
  }

  @Override
  public void forget() {
    channel.shutdownNow();
    channel = channel(addresses);
    attempts.clear();
  }

  @Override
  public void kill(int server) {
    servers.get(server).kill();
  }

  @Override
  public void stop(int server) {
    try {
      servers.get(server).stop();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void restart(int server) {
    try {
      servers.get(server).restart();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Collection<Long> attempts() {
    return attempts;
  }

  @Override
  public void close() {
    channel.shutdownNow();
    directly.forEach(ManagedChannel::shutdownNow);
    servers.forEach(GrpcProcess::close);
    if (door != null) {
      door.close();
    }
  }

  /** Has a stream for each attempt, whether or not there is a connection for it. */
  private static final class Counting extends ClientStreamTracer.Factory {
    private final Queue<Long> attempts;

    Counting(Queue<Long> attempts) {
      this.attempts = attempts;
    }

    @Override
    public ClientStreamTracer newClientStreamTracer(
        ClientStreamTracer.StreamInfo info, Metadata headers) {
      attempts.add(System.nanoTime());
      return new ClientStreamTracer() {};
    }
  }

  /** Resolves every name to the same addresses. */
  private static final class Fixed extends NameResolverProvider {
    private final List<EquivalentAddressGroup> addresses;

    Fixed(List<EquivalentAddressGroup> addresses) {
      this.addresses = addresses;
    }

    @Override
    protected boolean isAvailable() {
      return true;
    }

    @Override
    protected int priority() {
      return 5;
    }

    @Override
    public String getDefaultScheme() {
      return "rig";
    }

    @Override
    public NameResolver newNameResolver(URI target, NameResolver.Args args) {
      return new NameResolver() {
        @Override
        public String getServiceAuthority() {
          return "orders";
        }

        @Override
        public void start(Listener2 listener) {
          listener.onResult(
              ResolutionResult.newBuilder()
                  .setAddressesOrError(StatusOr.fromValue(addresses))
                  .build());
        }

        @Override
        public void shutdown() {}
      };
    }
  }
}
