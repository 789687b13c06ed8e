package io.evenkeel.lb.spring;

import io.evenkeel.lb.failover.CallObserver;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.okhttp.BalancerInterceptor;
import java.time.Duration;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;

/**
 * Has a bean {@link BalancerInterceptor} for all services where {@code lb-okhttp} is on the class
 * path. Clients are the application's own, and it installs the interceptor in them:
 *
 * <pre>{@code
 * OkHttpClient balanced = interceptor.install(new OkHttpClient.Builder()).build();
 * }</pre>
 *
 * <p>{@code evenkeel.ok-http.enabled=false} switches it off.
 */
@AutoConfiguration(after = EvenkeelAutoConfiguration.class)
@ConditionalOnClass({OkHttpClient.class, BalancerInterceptor.class})
@ConditionalOnBean(LoadBalancers.class)
@ConditionalOnBooleanProperty(name = "evenkeel.ok-http.enabled", matchIfMissing = true)
public final class OkHttpBalancingAutoConfiguration {
  OkHttpBalancingAutoConfiguration() {}

  /** Only when somebody wants it, since without a service there can be none. */
  @Bean
  @Lazy
  @ConditionalOnMissingBean
  BalancerInterceptor evenkeelOkHttpInterceptor(
      LoadBalancers balancers,
      EvenkeelProperties properties,
      ObjectProvider<CallObserver> observers) {
    if (balancers.names().isEmpty()) {
      throw SettingException.of(
          "evenkeel.services", null, "at least one service for a BalancerInterceptor");
    }
    BalancerInterceptor.Builder interceptor =
        BalancerInterceptor.builder()
            .failover(balancers.services().stream().map(Service::failover).toArray(Failover[]::new))
            .observer(new LateObserver(observers))
            .affinity(request -> affinity(balancers, request));
    Duration connectTimeout = properties.okHttp().connectTimeout();
    if (connectTimeout != null) {
      try {
        interceptor.connectTimeout(connectTimeout);
      } catch (IllegalArgumentException e) {
        throw SettingException.of("evenkeel.ok-http.connect-timeout", connectTimeout, e);
      }
    }
    FailoverProperties failover = properties.defaults().failover();
    if (failover != null && failover.deadlineHeader() != null) {
      interceptor.deadlineHeader(failover.deadlineHeader());
    }
    return interceptor.build();
  }

  private static long affinity(LoadBalancers balancers, Request request) {
    Service service = balancers.find(request.url().host());
    return service == null ? 0 : service.affinity().of(request::header);
  }
}
