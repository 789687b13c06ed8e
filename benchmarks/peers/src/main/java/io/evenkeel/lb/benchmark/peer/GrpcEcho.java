package io.evenkeel.lb.benchmark.peer;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * A gRPC server that answers after its service time, the main class of the process that {@link
 * GrpcProcess} starts. It works on so many requests at a time; others wait, and are worked on even
 * if nobody waits for them, as with the HTTP servers of the rig. Prints {@code port} and where it
 * listens; ends when its standard input does.
 *
 * <p>Arguments: host, port or 0 for any, service time in nanoseconds, requests at a time.
 */
final class GrpcEcho {
  /** May be repeated. */
  static final MethodDescriptor<byte[], byte[]> GET = method("get");

  /** May be processed but once. */
  static final MethodDescriptor<byte[], byte[]> POST = method("post");

  private static final byte[] ANSWER = {'x', 'x', 'x'};

  private final ScheduledExecutorService worker = Executors.newSingleThreadScheduledExecutor();
  private final long serviceNanos;
  private final int workers;

  // For the thread of the worker.
  private final Queue<ServerCall<byte[], byte[]>> waiting = new ArrayDeque<>();
  private int busy;

  private GrpcEcho(long serviceNanos, int workers) {
    this.serviceNanos = serviceNanos;
    this.workers = workers;
  }

  /** Runs a server. */
  public static void main(String[] args) throws IOException {
    GrpcEcho echo = new GrpcEcho(Long.parseLong(args[2]), Integer.parseInt(args[3]));
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(args[0], Integer.parseInt(args[1])))
            .directExecutor()
            // What a client that looks after its connections needs.
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addService(
                ServerServiceDefinition.builder("rig")
                    .addMethod(GET, (call, headers) -> echo.take(call))
                    .addMethod(POST, (call, headers) -> echo.take(call))
                    .build())
            .build()
            .start();
    System.out.println("port " + server.getPort());
    int read = 0;
    while (read >= 0) {
      read = System.in.read();
    }
    Runtime.getRuntime().halt(0);
  }

  private ServerCall.Listener<byte[]> take(ServerCall<byte[], byte[]> call) {
    call.request(1);
    return new ServerCall.Listener<>() {
      @Override
      public void onHalfClose() {
        worker.execute(() -> begin(call));
      }
    };
  }

  private void begin(ServerCall<byte[], byte[]> call) {
    if (busy == workers) {
      waiting.add(call);
      return;
    }
    busy++;
    ScheduledFuture<?> unused =
        worker.schedule(() -> end(call), serviceNanos, TimeUnit.NANOSECONDS);
  }

  private void end(ServerCall<byte[], byte[]> call) {
    if (!call.isCancelled()) {
      call.sendHeaders(new Metadata());
      call.sendMessage(ANSWER);
      call.close(Status.OK, new Metadata());
    }
    busy--;
    ServerCall<byte[], byte[]> next = waiting.poll();
    if (next != null) {
      begin(next);
    }
  }

  private static MethodDescriptor<byte[], byte[]> method(String name) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName("rig/" + name)
        .setRequestMarshaller(Bytes.INSTANCE)
        .setResponseMarshaller(Bytes.INSTANCE)
        .build();
  }

  private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
    INSTANCE;

    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
