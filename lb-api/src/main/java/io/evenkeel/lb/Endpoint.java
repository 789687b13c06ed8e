package io.evenkeel.lb;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An address and its static facts. Immutable, equal by value; {@link #id()} alone is its identity,
 * so that a change of weight or address is a change of the same endpoint.
 *
 * <pre>{@code
 * Endpoint a = Endpoint.of("10.0.0.1", 8080);
 * Endpoint b = Endpoint.builder("[2001:db8::1]", 8443).secure(true).weight(2).zone("a").build();
 * }</pre>
 */
public final class Endpoint {
  /** The most that keys and values of one endpoint's metadata may take together, in UTF-8. */
  public static final int MAX_METADATA_BYTES = 8 * 1024;

  /** The largest weight. */
  public static final double MAX_WEIGHT = 1e9;

  private static final int MAX_TEXT = 512;
  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");

  private final String id;
  private final String host;
  private final AddressPolicy strictest;

  /** Every call over HTTP asks for it. */
  private final String authority;

  private final int port;
  private final boolean secure;
  private final double weight;
  private final @Nullable String zone;
  private final int priority;
  private final Map<String, String> metadata;

  private Endpoint(Builder builder) {
    host = builder.host.text();
    strictest = builder.host.strictest();
    port = builder.port;
    authority = (host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + port;
    id = builder.id == null ? authority : builder.id;
    secure = builder.secure;
    weight = builder.weight;
    zone = builder.zone;
    priority = builder.priority;
    metadata = Map.copyOf(builder.metadata);
  }

  /**
   * An endpoint of weight 1.
   *
   * @throws IllegalArgumentException as {@link #builder} does
   */
  public static Endpoint of(String host, int port) {
    return builder(host, port).build();
  }

  /**
   * An endpoint from {@code host:port} or {@code [ipv6]:port}.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static Endpoint parse(String authority) {
    int colon = authority.lastIndexOf(':');
    String host = colon < 0 ? "" : authority.substring(0, colon);
    String port = authority.substring(colon + 1);
    boolean ambiguous = host.indexOf(':') >= 0 && !host.startsWith("[");
    if (host.isEmpty() || ambiguous || !PORT.matcher(port).matches()) {
      throw new IllegalArgumentException(
          "endpoint: " + Printable.quote(authority) + " (expected: host:port or [ipv6]:port)");
    }
    return of(host, Integer.parseInt(port));
  }

  /**
   * Begins an endpoint. The host is brought into canonical form: lower case, no trailing dot, no
   * brackets, IPv6 as in RFC 5952.
   *
   * @param host a name, or an IPv4 or IPv6 address, with or without brackets and zone id
   * @param port 1 to 65535
   * @throws IllegalArgumentException if the host is empty or has characters that no host has, or
   *     the port is out of range
   */
  public static Builder builder(String host, int port) {
    return new Builder(host, port);
  }

  /** A builder that starts with all that this endpoint has, its id included. */
  public Builder toBuilder() {
    Builder builder = new Builder(host, port).id(id).secure(secure).weight(weight);
    builder.priority(priority).zone(zone);
    metadata.forEach(builder::metadata);
    return builder;
  }

  /**
   * What makes it the same endpoint across sets; {@code host:port} where nothing else was given.
   */
  public String id() {
    return id;
  }

  /** The name or address in canonical form; an IPv6 address has no brackets. */
  public String host() {
    return host;
  }

  /** 1 to 65535. */
  public int port() {
    return port;
  }

  /** Host and port as in a URL, with brackets around an IPv6 address. */
  public String authority() {
    return authority;
  }

  /** Whether the endpoint is to be called over TLS. */
  public boolean secure() {
    return secure;
  }

  /** Its share of the requests relative to others; 0 drains it. */
  public double weight() {
    return weight;
  }

  /** Where it is, such as a data centre; null if that is not known. */
  public @Nullable String zone() {
    return zone;
  }

  /** The tier it belongs to; 0 is used first. */
  public int priority() {
    return priority;
  }

  /** Whatever else the source knows of it. Unmodifiable. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** The first policy that permits its host. */
  AddressPolicy strictest() {
    return strictest;
  }

  /** Whether a connection to one is a connection to the other. */
  boolean sameAddress(Endpoint other) {
    return host.equals(other.host) && port == other.port && secure == other.secure;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Endpoint that
        && id.equals(that.id)
        && host.equals(that.host)
        && port == that.port
        && secure == that.secure
        && weight == that.weight
        && Objects.equals(zone, that.zone)
        && priority == that.priority
        && metadata.equals(that.metadata);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  /** The address first, then what differs from the default. */
  @Override
  public String toString() {
    Map<String, Object> facts = new LinkedHashMap<>();
    String address = authority();
    if (!id.equals(address)) {
      facts.put("id", id);
    }
    if (secure) {
      facts.put("secure", true);
    }
    if (weight != 1) {
      facts.put("weight", weight);
    }
    if (zone != null) {
      facts.put("zone", zone);
    }
    if (priority != 0) {
      facts.put("priority", priority);
    }
    if (!metadata.isEmpty()) {
      facts.put("metadata", new TreeMap<>(metadata));
    }
    return facts.isEmpty() ? address : address + facts;
  }

  /** Builds endpoints. Not thread-safe. */
  public static final class Builder {
    private final Hosts.Canonical host;
    private final int port;
    private @Nullable String id;
    private boolean secure;
    private double weight = 1;
    private @Nullable String zone;
    private int priority;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private int metadataBytes;

    private Builder(String host, int port) {
      this.host = Hosts.canonical(requireNonNull(host, "host"));
      if (port < 1 || port > 65535) {
        throw new IllegalArgumentException("port: " + port + " (expected: 1..65535)");
      }
      this.port = port;
    }

    /** What makes it the same endpoint across sets: a name that outlives its address. */
    public Builder id(String id) {
      this.id = text("id", id);
      return this;
    }

    /** Whether the endpoint is to be called over TLS. */
    public Builder secure(boolean secure) {
      this.secure = secure;
      return this;
    }

    /**
     * Its share of the requests relative to others; 0 drains it.
     *
     * @throws IllegalArgumentException unless it is from 0 to {@link #MAX_WEIGHT}
     */
    public Builder weight(double weight) {
      if (!(weight >= 0 && weight <= MAX_WEIGHT)) {
        throw new IllegalArgumentException("weight: " + weight + " (expected: 0..1e9)");
      }
      this.weight = weight + 0.0; // -0.0 becomes 0.0
      return this;
    }

    /** Where it is; null if that is not known. */
    public Builder zone(@Nullable String zone) {
      this.zone = zone == null ? null : text("zone", zone);
      return this;
    }

    /**
     * The tier it belongs to; 0 is used first.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public Builder priority(int priority) {
      if (priority < 0) {
        throw new IllegalArgumentException("priority: " + priority + " (expected: >= 0)");
      }
      this.priority = priority;
      return this;
    }

    /**
     * Adds a fact; a second one under the same key replaces the first.
     *
     * @throws IllegalArgumentException if key or value has control characters, or all facts
     *     together exceed {@link #MAX_METADATA_BYTES}
     */
    public Builder metadata(String key, String value) {
      text("metadata key", key);
      refuseControls("metadata " + Printable.quote(key), value);
      String replaced = metadata.get(key);
      int added = bytes(value) + (replaced == null ? bytes(key) : -bytes(replaced));
      if (metadataBytes + added > MAX_METADATA_BYTES) {
        throw new IllegalArgumentException(
            "metadata of "
                + host.text()
                + ':'
                + port
                + ": "
                + (metadataBytes + added)
                + " bytes (expected: at most "
                + MAX_METADATA_BYTES
                + ")");
      }
      metadata.put(key, value);
      metadataBytes += added;
      return this;
    }

    /** The endpoint. */
    public Endpoint build() {
      return new Endpoint(this);
    }

    private static String text(String setting, String value) {
      if (value.isBlank() || value.length() > MAX_TEXT) {
        throw new IllegalArgumentException(
            setting
                + ": "
                + Printable.quote(value)
                + " (expected: 1.."
                + MAX_TEXT
                + " characters, not blank)");
      }
      return refuseControls(setting, value);
    }

    private static String refuseControls(String setting, String value) {
      if (Printable.hasUnsafe(value)) {
        throw new IllegalArgumentException(
            setting + ": " + Printable.quote(value) + " (expected: no control characters)");
      }
      return value;
    }

    private static int bytes(String text) {
      return text.getBytes(StandardCharsets.UTF_8).length;
    }
  }
}
