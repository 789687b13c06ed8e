package io.evenkeel.lb.spring.cloud;

import io.evenkeel.lb.BalancerEvent;
import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;

/** Servers of a service {@code orders}, and what its balancer hears of them. */
final class Servers implements AutoCloseable, BalancerListener {
  final List<MockWebServer> all = new ArrayList<>();
  final AtomicInteger requests = new AtomicInteger();
  final Queue<RecordedRequest> received = new ConcurrentLinkedQueue<>();
  final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
  final Queue<String> endpoints = new ConcurrentLinkedQueue<>();
  final Queue<BalancerEvent> events = new ConcurrentLinkedQueue<>();

  static Servers of(int count) throws IOException {
    Servers servers = new Servers();
    for (int i = 0; i < count; i++) {
      MockWebServer server = new MockWebServer();
      server.start();
      servers.all.add(server);
    }
    return servers.answer(number -> ok());
  }

  static MockResponse ok() {
    return new MockResponse.Builder().body("ok").build();
  }

  static MockResponse status(int code) {
    return new MockResponse.Builder().code(code).body("no").build();
  }

  /** What the first, second, ... request is answered, wherever it goes. */
  Servers answer(IntFunction<MockResponse> answer) {
    for (MockWebServer server : all) {
      server.setDispatcher(
          new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
              received.add(request);
              return answer.apply(requests.incrementAndGet());
            }
          });
    }
    return this;
  }

  /** The first requests are answered with these, the others well. */
  Servers first(MockResponse... answers) {
    requests.set(0);
    return answer(number -> number <= answers.length ? answers[number - 1] : ok());
  }

  String address(int server) {
    return "127.0.0.1:" + all.get(server).getPort();
  }

  /** All of them for Evenkeel, after others that nobody may listen at. */
  String asEndpoints(String... more) {
    List<String> addresses = new ArrayList<>(List.of(more));
    for (int i = 0; i < all.size(); i++) {
      addresses.add(address(i));
    }
    return "evenkeel.services.orders.endpoints=" + String.join(",", addresses);
  }

  /** All of them for the DiscoveryClient that goes by properties. */
  String[] asInstances(String service) {
    String[] properties = new String[all.size()];
    for (int i = 0; i < properties.length; i++) {
      properties[i] = instance(service, i, "uri=http://" + address(i));
    }
    return properties;
  }

  static String instance(String service, int number, String fact) {
    return "spring.cloud.discovery.client.simple.instances." + service + '[' + number + "]." + fact;
  }

  Set<Integer> portsReached() {
    return received.stream().map(request -> request.getUrl().port()).collect(Collectors.toSet());
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
    all.forEach(MockWebServer::close);
  }
}
