package io.evenkeel.lb.benchmark.peer;

import static java.util.Objects.requireNonNull;

import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.ClientStreamTracer;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer;
import io.grpc.LoadBalancer.PickResult;
import io.grpc.LoadBalancer.PickSubchannelArgs;
import io.grpc.LoadBalancer.ResolvedAddresses;
import io.grpc.LoadBalancer.SubchannelPicker;
import io.grpc.LoadBalancerProvider;
import io.grpc.LoadBalancerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.xds.LeastRequestLoadBalancerProvider;
import io.grpc.xds.RingHashLoadBalancerProvider;
import io.grpc.xds.WeightedRoundRobinLoadBalancerProvider;
import io.grpc.xds.shaded.com.github.xds.data.orca.v3.OrcaLoadReport;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** gRPC: {@code pickSubchannel} of the picker that a policy gives to a channel. */
final class GrpcPeer implements Chooser {
  private static final MethodDescriptor.Marshaller<Long> NOTHING =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(Long value) {
          return new ByteArrayInputStream(new byte[0]);
        }

        @Override
        public Long parse(InputStream stream) {
          return 0L;
        }
      };
  private static final MethodDescriptor<Long, Long> METHOD =
      MethodDescriptor.<Long, Long>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("peer/call")
          .setRequestMarshaller(NOTHING)
          .setResponseMarshaller(NOTHING)
          .build();
  private static final Metadata.Key<byte[]> REPORT =
      Metadata.Key.of("endpoint-load-metrics-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private final GrpcChannel channel = new GrpcChannel();
  private final LoadBalancer balancer;
  private final Keys<PickSubchannelArgs> keys;
  private final @Nullable ClientStreamTracer[] tracers;
  private final SubchannelPicker picker;

  private GrpcPeer(
      LoadBalancerProvider policy,
      Map<String, ?> settings,
      int[] weights,
      Keys<PickSubchannelArgs> keys) {
    this.keys = keys;
    tracers = new ClientStreamTracer[weights.length];
    balancer = policy.newLoadBalancer(channel);
    Object config = policy.parseLoadBalancingPolicyConfig(settings).getConfig();
    resolve(config, weights.length);
    meetAll(weights.length);
    if (!settings.isEmpty() && policy instanceof WeightedRoundRobinLoadBalancerProvider) {
      report(weights);
      resolve(config, weights.length);
    }
    picker = channel.picker();
  }

  static Chooser roundRobin(int endpoints) {
    LoadBalancerProvider policy =
        requireNonNull(LoadBalancerRegistry.getDefaultRegistry().getProvider("round_robin"));
    return new GrpcPeer(policy, Map.of(), new int[endpoints], same());
  }

  /** By weights that each server has reported once, before the first choice. */
  static Chooser weightedRoundRobin(int[] weights) {
    return new GrpcPeer(
        new WeightedRoundRobinLoadBalancerProvider(),
        Map.of("blackoutPeriod", "0s", "weightExpirationPeriod", "86400s"),
        weights,
        same());
  }

  /** The better of two at random. */
  static Chooser leastRequest(int endpoints) {
    return new GrpcPeer(
        new LeastRequestLoadBalancerProvider(), Map.of(), new int[endpoints], same());
  }

  /** A ring of 1024 to 4096 points, its default, by a hash that the request comes with. */
  static Chooser ringHash(int endpoints) {
    return new GrpcPeer(
        new RingHashLoadBalancerProvider(),
        Map.of(),
        new int[endpoints],
        new Keys<>(
            key ->
                new Arguments(
                    CallOptions.DEFAULT.withOption(
                        hashKey(), new SplittableRandom(key).nextLong()))));
  }

  @Override
  public int choose(long key) {
    return index(picker.pickSubchannel(keys.get(key)));
  }

  private static int index(PickResult result) {
    return (Integer) requireNonNull(result.getSubchannel()).getInternalSubchannel();
  }

  @Override
  public void begun(int index) {
    ClientStreamTracer tracer = tracers[index];
    if (tracer != null) {
      tracer.streamCreated(Attributes.EMPTY, new Metadata());
    }
  }

  @Override
  public void ended(int index, long latencyNanos, boolean failed) {
    ClientStreamTracer tracer = tracers[index];
    if (tracer != null) {
      tracer.streamClosed(failed ? Status.UNAVAILABLE : Status.OK);
    }
  }

  @Override
  public void close() {
    channel.getSynchronizationContext().execute(balancer::shutdown);
    channel.close();
  }

  private void resolve(@Nullable Object config, int endpoints) {
    List<EquivalentAddressGroup> addresses = new ArrayList<>();
    for (int i = 0; i < endpoints; i++) {
      addresses.add(
          new EquivalentAddressGroup(InetSocketAddress.createUnresolved("10.0.0.1", 1 + i)));
    }
    ResolvedAddresses resolved =
        ResolvedAddresses.newBuilder()
            .setAddresses(addresses)
            .setLoadBalancingPolicyConfig(config)
            .build();
    channel
        .getSynchronizationContext()
        .execute(
            () -> {
              Status status = balancer.acceptResolvedAddresses(resolved);
              if (!status.isOk()) {
                throw status.asRuntimeException();
              }
            });
  }

  /**
   * Picks until each endpoint was picked once: a ring connects to an endpoint only when it is
   * picked, and what counts the requests of an endpoint comes with a pick.
   */
  private void meetAll(int endpoints) {
    boolean[] met = new boolean[endpoints];
    int left = endpoints;
    for (long pick = 0; left > 0 && pick < 2000L * endpoints; pick++) {
      PickResult result = channel.picker().pickSubchannel(keys.get(pick));
      if (result.getSubchannel() == null || met[index(result)]) {
        continue;
      }
      met[index(result)] = true;
      left--;
      ClientStreamTracer.Factory factory = result.getStreamTracerFactory();
      if (factory != null) {
        tracers[index(result)] =
            factory.newClientStreamTracer(
                ClientStreamTracer.StreamInfo.newBuilder().build(), new Metadata());
      }
    }
  }

  private void report(int[] weights) {
    for (int i = 0; i < weights.length; i++) {
      Metadata trailers = new Metadata();
      trailers.put(
          REPORT,
          OrcaLoadReport.newBuilder()
              .setApplicationUtilization(0.5)
              .setRpsFractional(10.0 * weights[i])
              .build()
              .toByteArray());
      requireNonNull(tracers[i]).inboundTrailers(trailers);
    }
  }

  private static Keys<PickSubchannelArgs> same() {
    PickSubchannelArgs arguments = new Arguments(CallOptions.DEFAULT);
    return new Keys<>(key -> arguments);
  }

  /**
   * Where a picker looks for the hash. gRPC's own name resolver puts it there, and lets nobody else
   * do it.
   */
  @SuppressWarnings("unchecked")
  private static CallOptions.Key<Long> hashKey() {
    try {
      var field = Class.forName("io.grpc.xds.XdsNameResolver").getDeclaredField("RPC_HASH_KEY");
      field.setAccessible(true);
      return (CallOptions.Key<Long>) requireNonNull(field.get(null));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class Arguments extends PickSubchannelArgs {
    private final CallOptions options;
    private final Metadata headers = new Metadata();

    Arguments(CallOptions options) {
      this.options = options;
    }

    @Override
    public CallOptions getCallOptions() {
      return options;
    }

    @Override
    public Metadata getHeaders() {
      return headers;
    }

    @Override
    public MethodDescriptor<?, ?> getMethodDescriptor() {
      return METHOD;
    }
  }
}
