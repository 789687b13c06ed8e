package io.evenkeel.lb.spring;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A service that there should be.
 *
 * @param host its name in lower case
 * @param written its name as beans and properties have it
 * @param own what properties say of it; null if nothing
 */
record Wanted(String host, String written, @Nullable ServiceProperties own) {
  private static final Pattern HOST = Pattern.compile("[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?");

  /**
   * All services, in the order of their names.
   *
   * @param named also services of which properties say nothing
   * @throws SettingException if a name or a default is refused
   */
  static List<Wanted> of(EvenkeelProperties properties, Set<String> named) {
    refuseInDefaults("endpoints", properties.defaults().endpoints());
    refuseInDefaults("dns", properties.defaults().dns());
    refuseInDefaults("file", properties.defaults().file());
    refuseInDefaults("service-id", properties.defaults().serviceId());
    Map<String, @Nullable ServiceProperties> byName = new TreeMap<>();
    named.forEach(name -> byName.put(name, null));
    properties.discovery().services().forEach(name -> byName.put(name, null));
    byName.putAll(properties.services());
    List<Wanted> all = new ArrayList<>();
    Set<String> hosts = new HashSet<>();
    byName.forEach(
        (name, own) -> {
          String host = host(name);
          if (!hosts.add(host)) {
            throw SettingException.of("evenkeel.services." + name, "second", "one of each name");
          }
          all.add(new Wanted(host, name, own));
        });
    return all;
  }

  private static void refuseInDefaults(String name, @Nullable Object value) {
    if (value != null) {
      throw SettingException.of(
          "evenkeel.defaults." + name, value, "not set, since no two services have the same");
    }
  }

  private static String host(String name) {
    String host = name.toLowerCase(Locale.ROOT);
    if (!HOST.matcher(host).matches()) {
      throw SettingException.of(
          "evenkeel.services." + name,
          name,
          "a name that can be the host in a URL: letters, digits, and -, _ or . within");
    }
    return host;
  }
}
