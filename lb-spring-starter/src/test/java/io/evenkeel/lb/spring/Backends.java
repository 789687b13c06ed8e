package io.evenkeel.lb.spring;

import io.evenkeel.lb.BalancerListener;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;

/** Servers of a service {@code orders}. What they answer goes by the number of the request. */
final class Backends implements AutoCloseable, BalancerListener {
  final List<MockWebServer> servers = new ArrayList<>();
  final AtomicInteger requests = new AtomicInteger();
  final Queue<RecordedRequest> received = new ConcurrentLinkedQueue<>();
  final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
  final Queue<String> endpoints = new ConcurrentLinkedQueue<>();

  interface Answer {
    MockResponse to(int number, RecordedRequest request);
  }

  static Backends of(int count) throws IOException {
    Backends backends = new Backends();
    for (int i = 0; i < count; i++) {
      MockWebServer server = new MockWebServer();
      server.start();
      backends.servers.add(server);
    }
    return backends.answers((number, request) -> ok());
  }

  static MockResponse ok() {
    return new MockResponse.Builder().body("ok").build();
  }

  static MockResponse status(int code) {
    return new MockResponse.Builder().code(code).body("no").build();
  }

  /** The first requests are answered by these, wherever they go; the others well. */
  Backends answers(MockResponse... first) {
    return answers((number, request) -> number <= first.length ? first[number - 1] : ok());
  }

  Backends answers(Answer answer) {
    for (MockWebServer server : servers) {
      server.setDispatcher(
          new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
              received.add(request);
              return answer.to(requests.incrementAndGet(), request);
            }
          });
    }
    return this;
  }

  /** All of them, and others that nobody listens at. */
  String property(String... more) {
    String all =
        servers.stream()
            .map(server -> "127.0.0.1:" + server.getPort())
            .collect(Collectors.joining(","));
    return "evenkeel.services.orders.endpoints="
        + String.join(",", more)
        + (more.length == 0 ? "" : ",")
        + all;
  }

  @Override
  public void onEnd(String balancer, Endpoint endpoint, Outcome outcome, long latencyNanos) {
    outcomes.add(outcome);
    endpoints.add(endpoint.id());
  }

  @Override
  public void close() {
    servers.forEach(MockWebServer::close);
  }
}
