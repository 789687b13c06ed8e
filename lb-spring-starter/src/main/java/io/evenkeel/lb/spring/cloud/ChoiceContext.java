package io.evenkeel.lb.spring.cloud;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.spring.LoadBalancers;
import io.evenkeel.lb.spring.ServiceAccess;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequestContext;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestData;
import org.springframework.cloud.client.loadbalancer.RetryableRequestContext;
import org.springframework.http.HttpHeaders;
import org.springframework.util.MultiValueMap;

/** What a choice may know of a request of Spring Cloud. Used by one thread. */
final class ChoiceContext implements RequestContext {
  private final ServiceAccess service;
  private final boolean willBeSent;
  private final @Nullable RequestData data;
  private final @Nullable RequestContext outer;
  private final @Nullable ServiceInstance previous;
  private final @Nullable String wanted;

  private ChoiceContext(@Nullable Object context, ServiceAccess service, CloudSettings settings) {
    this.service = service;
    Object sent = context instanceof DefaultRequestContext known ? known.getClientRequest() : null;
    this.willBeSent = sent != null;
    this.data = sent instanceof RequestData known ? known : null;
    this.outer =
        data != null
                && data.getAttributes().get(LoadBalancers.CONTEXT) instanceof RequestContext own
            ? own
            : null;
    this.previous =
        context instanceof RetryableRequestContext retried && settings.avoidsPrevious()
            ? retried.getPreviousServiceInstance()
            : null;
    String cookie = settings.stickyCookie();
    this.wanted = cookie == null || previous != null ? null : cookie(data, cookie);
  }

  static ChoiceContext of(Request<?> request, ServiceAccess service, CloudSettings settings) {
    return new ChoiceContext(request.getContext(), service, settings);
  }

  private static @Nullable String cookie(@Nullable RequestData data, String name) {
    MultiValueMap<String, String> cookies = data == null ? null : data.getCookies();
    return cookies == null ? null : cookies.getFirst(name);
  }

  /**
   * Whether a client has a request at hand, and so will say what becomes of it. Who only asks for
   * an instance says nothing more.
   */
  boolean willBeSent() {
    return willBeSent;
  }

  /** The attempt before this one; null if there was none that is known. */
  @Nullable ChosenInstance before() {
    return previous instanceof ChosenInstance chosen ? chosen : null;
  }

  @Override
  public long affinity() {
    long own = outer == null ? 0 : outer.affinity();
    return own != 0 || data == null ? own : service.affinity(this::header);
  }

  /** Cookies of a WebClient are not in its headers yet. */
  private @Nullable String header(String name) {
    if (data == null) {
      return null;
    }
    HttpHeaders headers = data.getHeaders();
    String value = headers == null ? null : headers.getFirst(name);
    MultiValueMap<String, String> cookies = data.getCookies();
    if (value != null || cookies == null || !name.equalsIgnoreCase(HttpHeaders.COOKIE)) {
      return value;
    }
    return cookies.toSingleValueMap().entrySet().stream()
        .map(cookie -> cookie.getKey() + '=' + cookie.getValue())
        .collect(Collectors.joining("; "));
  }

  @Override
  public boolean tried(Endpoint endpoint) {
    if (wanted != null) {
      return !wanted.equals(endpoint.id());
    }
    if (previous instanceof ChosenInstance chosen) {
      return chosen.tried(endpoint);
    }
    if (previous != null
        && previous.getPort() == endpoint.port()
        && endpoint.host().equalsIgnoreCase(previous.getHost())) {
      return true;
    }
    return outer != null && outer.tried(endpoint);
  }

  @Override
  public <T> @Nullable T get(Key<T> key) {
    return outer == null ? null : outer.get(key);
  }

  @Override
  public String toString() {
    return data == null ? "a request of Spring Cloud" : data.getHttpMethod() + " " + data.getUrl();
  }
}
