package io.evenkeel.lb.spring;

import io.evenkeel.lb.AddressPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.NestedConfigurationProperty;

/**
 * What can be said of a service. What is not said is as in the defaults, and what is not said there
 * as in the library.
 *
 * @param endpoints Addresses such as "10.0.0.1:8080", "https://b.example" or "10.0.0.2:8080
 *     weight=2 zone=a priority=1".
 * @param dns A name whose addresses are the endpoints, with their port: "orders.internal:8080".
 * @param file A file with an endpoint on each line, which is read again when it changes.
 * @param serviceId By which name discovery knows the service. By default its own.
 * @param addresses Which addresses endpoints may have that come from discovery, "dns", "file" or a
 *     bean: "routable", "loopback-too" or "any". By default a bean says it itself, and for the
 *     others it is "routable", without loopback, link-local and metadata addresses.
 * @param strategy How to choose among endpoints: a name such as "least-requests", or that of a
 *     Strategy bean.
 * @param strategyOptions Options of the strategy.
 * @param around What goes around the strategy.
 * @param affinity What ties requests together, for strategies that keep such requests on one
 *     endpoint.
 * @param panicThreshold Below which share of fit weight all endpoints are offered, 0 to 1.
 * @param leaseLimit After which time a request that nobody has ended counts no longer.
 * @param health Which endpoints are fit.
 * @param failover What a call may cost, and how often it is tried.
 */
record ServiceProperties(
    @Nullable List<String> endpoints,
    @Nullable String dns,
    @Nullable Path file,
    @Nullable String serviceId,
    @Nullable AddressPolicy addresses,
    @Nullable String strategy,
    @NestedConfigurationProperty @Nullable StrategyOptions strategyOptions,
    @NestedConfigurationProperty @Nullable AroundProperties around,
    @Nullable Affinity affinity,
    @Nullable Double panicThreshold,
    @Nullable Duration leaseLimit,
    @NestedConfigurationProperty @Nullable HealthProperties health,
    @NestedConfigurationProperty @Nullable FailoverProperties failover) {

  /**
   * Where in a request to look for what ties it to others.
   *
   * @param header The name of a header, such as an account.
   * @param cookie The name of a cookie, such as a session.
   * @param seed Of the hash, for clients that must agree. By default each process has its own.
   */
  record Affinity(@Nullable String header, @Nullable String cookie, @Nullable Long seed) {}
}
