package io.evenkeel.lb.grpc;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.health.Verdict;
import io.evenkeel.lb.health.probe.HealthProbe;
import io.grpc.CallOptions;
import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks an endpoint by gRPC's health checking protocol ({@code grpc.health.v1.Health/Check}). {@code
 * SERVING} is up; any other answer, an error, and a server that does not have the protocol are
 * down. Thread-safe.
 *
 * <pre>{@code
 * HealthCheck check =
 *     ActiveProbe.of(GrpcHealthProbe.builder().service("acme.Orders").name("orders.example").build());
 * }</pre>
 *
 * <p>Each endpoint has a channel of its own, over TLS if the endpoint is {@linkplain
 * Endpoint#secure() secure}, straight to its address and past every proxy. A channel that no probe
 * has used for three minutes is closed. With a {@linkplain Builder#name name}, {@code :authority},
 * SNI and the name that the certificate must have are that; without, they are the endpoint's own.
 *
 * <p>A transport has to be on the class path, such as {@code grpc-netty-shaded} or {@code
 * grpc-okhttp}.
 */
public final class GrpcHealthProbe implements HealthProbe, AutoCloseable {
  private final Channels channels;
  private final String service;
  private final @Nullable String name;

  private GrpcHealthProbe(Builder builder) {
    channels = new Channels(builder.credentials, builder.name, builder.maxChannels);
    service = builder.service;
    name = builder.name;
  }

  /** Asks for the server as a whole. */
  public static GrpcHealthProbe of() {
    return builder().build();
  }

  /** Begins a probe with other settings. */
  public static Builder builder() {
    return new Builder();
  }

  @Override
  public CompletionStage<Verdict> probe(Endpoint endpoint, Duration limit) {
    ManagedChannel channel;
    try {
      channel = channels.to(endpoint);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(e);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(
          new IOException("no channel could be made to " + endpoint.authority(), e));
    }
    Answer answer = new Answer(service, limit, () -> channels.drop(endpoint, channel));
    ClientCalls.asyncUnaryCall(
        channel.newCall(
            HealthGrpc.getCheckMethod(),
            CallOptions.DEFAULT.withDeadlineAfter(limit.toNanos(), TimeUnit.NANOSECONDS)),
        HealthCheckRequest.newBuilder().setService(service).build(),
        answer);
    return answer.stage();
  }

  /** Closes all channels. A probe that is used afterwards fails. */
  @Override
  public void close() {
    channels.close();
  }

  /** How many channels there are, for tests. */
  int channels() {
    return channels.size();
  }

  @Override
  public String toString() {
    return "GrpcHealthProbe[service=\""
        + service
        + "\""
        + (name == null ? "" : ", name=" + name)
        + "]";
  }

  /** Builds health probes. Not thread-safe. */
  public static final class Builder {
    private ChannelCredentials credentials = TlsChannelCredentials.create();
    private String service = "";
    private int maxChannels = 1024;
    private @Nullable String name;

    private Builder() {}

    /**
     * The service to ask for, with its package. By default the empty one, which stands for the
     * server as a whole.
     */
    public Builder service(String service) {
      this.service = requireNonNull(service, "service");
      return this;
    }

    /**
     * The name of the service at whose endpoints this asks. By default each endpoint's own host.
     */
    public Builder name(String name) {
      this.name = requireNonNull(name, "name");
      return this;
    }

    /** What secure endpoints are called with. By default TLS that trusts what the JVM trusts. */
    public Builder credentials(ChannelCredentials credentials) {
      this.credentials = requireNonNull(credentials, "credentials");
      return this;
    }

    /**
     * How many channels there may be at once. What is asked for one more says nothing of its
     * endpoint. By default 1024.
     *
     * @throws IllegalArgumentException unless it is from 1 to 50000
     */
    public Builder maxChannels(int channels) {
      if (channels < 1 || channels > 50_000) {
        throw new IllegalArgumentException("maxChannels: " + channels + " (expected: 1..50000)");
      }
      this.maxChannels = channels;
      return this;
    }

    /** The probe. It has no channel until it is used. */
    public GrpcHealthProbe build() {
      return new GrpcHealthProbe(this);
    }
  }
}
