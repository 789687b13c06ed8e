package io.evenkeel.lb.spring;

import io.evenkeel.lb.failover.CallObserver;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.okhttp.BalancerInterceptor;
import java.time.Duration;
import java.util.function.Function;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.jspecify.annotations.Nullable;
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

  @Bean
  @Lazy
  @ConditionalOnMissingBean
  @SuppressWarnings("NullAway") // JDK 17 hides from it that null may be returned
  BalancerInterceptor evenkeelOkHttpInterceptor(
      LoadBalancers balancers,
      EvenkeelProperties properties,
      ObjectProvider<CallObserver> observers) {
    Function<String, @Nullable Failover> present = host -> failover(balancers, host);
    BalancerInterceptor.Builder interceptor =
        BalancerInterceptor.builder()
            .failovers(present)
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

  /** Settings may bring and take services. */
  private static @Nullable Failover failover(LoadBalancers balancers, String host) {
    Service service = balancers.find(host);
    return service == null ? null : service.balancer().failover();
  }

  private static long affinity(LoadBalancers balancers, Request request) {
    Service service = balancers.find(request.url().host());
    return service == null ? 0 : service.affinity().of(request::header);
  }
}
