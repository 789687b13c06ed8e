package io.evenkeel.lb.spring;

import io.evenkeel.lb.Endpoint;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashSet;
import java.util.Set;
import java.util.StringTokenizer;

/** Endpoints as properties say them: an address, and what is known of it. */
final class EndpointText {
  private static final String EXPECTED = "host:port, http://host[:port] or https://host[:port]";

  private EndpointText() {}

  /**
   * An endpoint such as {@code 10.0.0.1:8080}, {@code https://b.example}, {@code 10.0.0.2:8080
   * weight=2 zone=a priority=1 id=b rack=17}.
   *
   * @throws IllegalArgumentException if it is wrong; the message names what is
   */
  static Endpoint parse(String text) {
    StringTokenizer words = new StringTokenizer(text, " \t");
    if (!words.hasMoreTokens()) {
      throw unlike("endpoint", text, EXPECTED);
    }
    Endpoint.Builder endpoint = address(words.nextToken()).toBuilder();
    Set<String> keys = new HashSet<>();
    while (words.hasMoreTokens()) {
      String word = words.nextToken();
      int equals = word.indexOf('=');
      if (equals <= 0 || !keys.add(word.substring(0, equals))) {
        throw unlike("fact", word, "key=value, each key once");
      }
      set(endpoint, word.substring(0, equals), word.substring(equals + 1));
    }
    return endpoint.build();
  }

  private static Endpoint address(String text) {
    int colon = text.indexOf("://");
    return colon < 0 ? Endpoint.parse(text) : ofUrl(text);
  }

  private static Endpoint ofUrl(String text) {
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException e) {
      throw unlike("endpoint", text, EXPECTED);
    }
    boolean secure = "https".equalsIgnoreCase(url.getScheme());
    boolean hasMore =
        (url.getPath() != null && url.getPath().length() > 1)
            || url.getQuery() != null
            || url.getUserInfo() != null;
    if (url.getHost() == null || hasMore || !(secure || "http".equalsIgnoreCase(url.getScheme()))) {
      throw unlike("endpoint", text, EXPECTED + ", without a path");
    }
    int port = url.getPort() >= 0 ? url.getPort() : secure ? 443 : 80;
    return Endpoint.builder(url.getHost(), port).secure(secure).build();
  }

  private static void set(Endpoint.Builder endpoint, String key, String value) {
    switch (key) {
      case "weight" -> endpoint.weight(number(value));
      case "zone" -> endpoint.zone(value);
      case "priority" -> endpoint.priority(whole(value));
      case "id" -> endpoint.id(value);
      default -> endpoint.metadata(key, value);
    }
  }

  private static double number(String value) {
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw unlike("weight", value, "a number, 0..1e9");
    }
  }

  private static int whole(String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw unlike("priority", value, "a whole number, >= 0");
    }
  }

  private static IllegalArgumentException unlike(String what, String value, String expected) {
    return new IllegalArgumentException(what + ": \"" + value + "\" (expected: " + expected + ")");
  }
}
