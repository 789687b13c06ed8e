package io.evenkeel.lb.spring;

import static java.util.Objects.requireNonNullElse;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.source.DnsSource;
import io.evenkeel.lb.source.FileSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where the endpoints of a service come from. */
final class Sources {
  private final Map<String, EndpointSource> beans;
  private final @Nullable Discovered discovered;

  /**
   * @param beans by name: the one with the name of a service comes before what properties say
   * @param discovered where to look for services of which nothing is said; null if nowhere
   */
  Sources(Map<String, EndpointSource> beans, @Nullable Discovered discovered) {
    this.beans = beans;
    this.discovered = discovered;
  }

  /** Whoever knows the endpoints of services that are not told of them. */
  @FunctionalInterface
  interface Discovered {
    /**
     * The source of a service.
     *
     * @param addresses that endpoints may have; null where nothing is said of them
     */
    EndpointSource of(String serviceId, @Nullable AddressPolicy addresses);

    /** Those that the application's own properties list. */
    default EndpointSet listed(String serviceId) {
      return EndpointSet.of();
    }
  }

  /**
   * The source of a service.
   *
   * @throws SettingException if there is none, or more than one, or one is refused
   */
  EndpointSource of(String service, Layer<ServiceProperties> all) {
    Layer<ServiceProperties> settings = all.ofService();
    AddressPolicy addresses = all.said().addresses();
    EndpointSource bean = beans.get(service);
    if (bean != null) {
      return permitting(addresses, bean);
    }
    List<EndpointSource> found = new ArrayList<>(1);
    List<String> names = new ArrayList<>(1);
    ServiceProperties said = settings.said();
    List<String> endpoints = said.endpoints();
    if (endpoints != null && !endpoints.isEmpty()) {
      found.add(fixed(settings, endpoints));
      names.add("endpoints");
    }
    settings.set(
        "dns",
        said.dns(),
        name -> {
          Endpoint named = Endpoint.parse(name);
          found.add(permitting(addresses, DnsSource.of(named.host(), named.port())));
          names.add("dns");
        });
    settings.set(
        "file",
        said.file(),
        file -> {
          found.add(permitting(addresses, FileSource.of(file)));
          names.add("file");
        });
    if (found.isEmpty() && discovered != null) {
      return discovered.of(requireNonNullElse(said.serviceId(), service), addresses);
    }
    if (found.isEmpty()) {
      throw SettingException.of(
          settings.name("endpoints"),
          null,
          "at least one host:port, or dns, or file, or an EndpointSource bean named \""
              + service
              + "\", or a DiscoveryClient");
    }
    if (found.size() > 1) {
      throw SettingException.of(
          settings.name("endpoints"), String.join(" and ", names), "one of them");
    }
    return found.get(0);
  }

  private static EndpointSource permitting(
      @Nullable AddressPolicy addresses, EndpointSource source) {
    return addresses == null ? source : source.withAddresses(addresses);
  }

  private static GivenEndpoints fixed(Layer<ServiceProperties> settings, List<String> texts) {
    String name = settings.name("endpoints");
    List<Endpoint> endpoints = new ArrayList<>(texts.size());
    for (String text : texts) {
      try {
        endpoints.add(EndpointText.parse(text));
      } catch (IllegalArgumentException e) {
        throw SettingException.of(name + '[' + endpoints.size() + ']', text, e);
      }
    }
    try {
      return new GivenEndpoints(EndpointSet.of(endpoints));
    } catch (IllegalArgumentException e) {
      throw SettingException.of(name, texts, e);
    }
  }
}
