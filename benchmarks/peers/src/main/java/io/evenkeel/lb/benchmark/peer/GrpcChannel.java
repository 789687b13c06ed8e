package io.evenkeel.lb.benchmark.peer;

import static java.util.Objects.requireNonNull;

import io.grpc.Attributes;
import io.grpc.ChannelLogger;
import io.grpc.ConnectivityState;
import io.grpc.ConnectivityStateInfo;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer;
import io.grpc.LoadBalancer.CreateSubchannelArgs;
import io.grpc.LoadBalancer.Subchannel;
import io.grpc.LoadBalancer.SubchannelPicker;
import io.grpc.LoadBalancer.SubchannelStateListener;
import io.grpc.ManagedChannel;
import io.grpc.SynchronizationContext;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/** As much of a gRPC channel as a balancer needs: connections that are there at once. */
final class GrpcChannel extends LoadBalancer.Helper {
  private final SynchronizationContext context =
      new SynchronizationContext(
          (thread, thrown) -> {
            throw new IllegalStateException(thrown);
          });
  private final ScheduledExecutorService scheduler =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "grpc-peer");
            thread.setDaemon(true);
            return thread;
          });
  private volatile @Nullable SubchannelPicker picker;

  /** The latest picker that the balancer has given. */
  SubchannelPicker picker() {
    return requireNonNull(picker);
  }

  void close() {
    scheduler.shutdownNow();
  }

  @Override
  public void updateBalancingState(ConnectivityState state, SubchannelPicker picker) {
    this.picker = picker;
  }

  @Override
  public Subchannel createSubchannel(CreateSubchannelArgs args) {
    return new Connection(args);
  }

  @Override
  public ManagedChannel createOobChannel(EquivalentAddressGroup addresses, String authority) {
    throw new UnsupportedOperationException("only choices are measured");
  }

  @Override
  public SynchronizationContext getSynchronizationContext() {
    return context;
  }

  @Override
  public ScheduledExecutorService getScheduledExecutorService() {
    return scheduler;
  }

  @Override
  public String getAuthority() {
    return "peer";
  }

  @Override
  public String getChannelTarget() {
    return "peer";
  }

  @Override
  public ChannelLogger getChannelLogger() {
    return Silence.INSTANCE;
  }

  @Override
  public void refreshNameResolution() {}

  /** A subchannel that is ready as soon as it is asked for. */
  private final class Connection extends Subchannel {
    private final List<EquivalentAddressGroup> addresses;
    private final Attributes attributes;
    private final Integer index;
    private @Nullable SubchannelStateListener listener;

    Connection(CreateSubchannelArgs args) {
      addresses = args.getAddresses();
      attributes = args.getAttributes();
      index = ((InetSocketAddress) addresses.get(0).getAddresses().get(0)).getPort() - 1;
    }

    @Override
    public void start(SubchannelStateListener listener) {
      this.listener = listener;
      become(ConnectivityState.IDLE);
    }

    @Override
    public void requestConnection() {
      become(ConnectivityState.CONNECTING);
      become(ConnectivityState.READY);
    }

    private void become(ConnectivityState state) {
      context.execute(
          () ->
              requireNonNull(listener).onSubchannelState(ConnectivityStateInfo.forNonError(state)));
    }

    @Override
    public void shutdown() {}

    @Override
    public List<EquivalentAddressGroup> getAllAddresses() {
      return addresses;
    }

    @Override
    public Attributes getAttributes() {
      return attributes;
    }

    @Override
    public ChannelLogger getChannelLogger() {
      return Silence.INSTANCE;
    }

    @Override
    public void updateAddresses(List<EquivalentAddressGroup> addresses) {}

    /** The number, which a balancer's own wrappers pass on. */
    @Override
    public Object getInternalSubchannel() {
      return index;
    }
  }

  /** A log that nobody reads. */
  private static final class Silence extends ChannelLogger {
    static final Silence INSTANCE = new Silence();

    @Override
    public void log(ChannelLogLevel level, String message) {}

    @Override
    public void log(ChannelLogLevel level, String format, Object... arguments) {}
  }
}
