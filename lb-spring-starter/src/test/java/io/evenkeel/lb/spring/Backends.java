package io.evenkeel.lb.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;

/**
 * Servers of a service {@code orders}, and what its balancer hears of them. What they answer goes
 * by the number of the request.
 */
public final class Backends implements AutoCloseable, BalancerListener {
  public static final MockResponse RESET =
      new MockResponse.Builder().onResponseStart(new SocketEffect.CloseSocket()).build();
  public static final MockResponse NO_ANSWER =
      new MockResponse.Builder().onResponseStart(SocketEffect.Stall.INSTANCE).build();

  public final List<MockWebServer> servers = new ArrayList<>();
  public final AtomicInteger requests = new AtomicInteger();
  public final Queue<RecordedRequest> received = new ConcurrentLinkedQueue<>();
  public final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
  public final Queue<String> endpoints = new ConcurrentLinkedQueue<>();
  public final Queue<BalancerEvent> events = new ConcurrentLinkedQueue<>();

  /** What is answered. */
  public interface Answer {
    MockResponse to(int number, RecordedRequest request) throws InterruptedException;
  }

  public static Backends of(int count) throws IOException {
    Backends backends = new Backends();
    for (int i = 0; i < count; i++) {
      MockWebServer server = new MockWebServer();
      server.start();
      backends.servers.add(server);
    }
    return backends.answers((number, request) -> ok());
  }

  public static MockResponse ok() {
    return new MockResponse.Builder().body("ok").build();
  }

  public static MockResponse status(int code) {
    return new MockResponse.Builder().code(code).body("no").build();
  }

  /** The next requests are answered by these, wherever they go; the others well. */
  public Backends answers(MockResponse... first) {
    requests.set(0);
    return answers((number, request) -> number <= first.length ? first[number - 1] : ok());
  }

  public Backends answers(Answer answer) {
    for (MockWebServer server : servers) {
      server.setDispatcher(
          new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) throws InterruptedException {
              received.add(request);
              return answer.to(requests.incrementAndGet(), request);
            }
          });
    }
    return this;
  }

  public String address(int server) {
    return "127.0.0.1:" + servers.get(server).getPort();
  }

  /** All of them, after others that nobody may listen at. */
  public String property(String... more) {
    List<String> addresses = new ArrayList<>(List.of(more));
    for (int i = 0; i < servers.size(); i++) {
      addresses.add(address(i));
    }
    return "evenkeel.services.orders.endpoints=" + String.join(",", addresses);
  }

  /** All of them, asked only where nobody listens at the endpoint that is asked first. */
  public String[] behindNobody() {
    return new String[] {
      property(nobody() + " priority=0 id=closed") + " priority=1",
      "evenkeel.services.orders.around.tiers.enabled=true"
    };
  }

  /** An address that nobody listens at. */
  public static String nobody() {
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "127.0.0.1:" + closed.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All of them for the DiscoveryClient that goes by properties. */
  public String[] asInstances(String service) {
    String[] properties = new String[servers.size()];
    for (int i = 0; i < properties.length; i++) {
      properties[i] = instance(service, i, "uri=http://" + address(i));
    }
    return properties;
  }

  public static String instance(String service, int number, String fact) {
    return "spring.cloud.discovery.client.simple.instances." + service + '[' + number + "]." + fact;
  }

  public Set<Integer> portsReached() {
    return received.stream().map(request -> request.getUrl().port()).collect(Collectors.toSet());
  }

  /** Each request was told once, in this header, how many of so many milliseconds are left. */
  public void wereTold(String header, long mostMillis) {
    for (RecordedRequest request : received) {
      List<String> told = request.getHeaders().values(header);
      assertThat(told).hasSize(1);
      assertThat(Long.parseLong(told.get(0))).isBetween(2L, mostMillis);
    }
  }

  @Override
  public void onEnd(String balancer, Endpoint endpoint, Outcome outcome, long latencyNanos) {
    outcomes.add(outcome);
    endpoints.add(endpoint.id());
  }

  @Override
  public void onEvent(BalancerEvent event) {
    events.add(event);
  }

  @Override
  public void close() {
    servers.forEach(MockWebServer::close);
  }
}
