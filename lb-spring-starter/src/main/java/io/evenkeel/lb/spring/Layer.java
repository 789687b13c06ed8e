package io.evenkeel.lb.spring;

import static io.evenkeel.lb.spring.SettingException.kebab;

import java.util.NoSuchElementException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A group of settings of one service, and behind it the same group of the defaults: what the
 * service does not set is as there. Knows what each is called, so that one which is refused can be
 * named. Settings and groups are named as in their records. Immutable.
 *
 * <p>All of it is done for each service while the application starts, where each method reference
 * costs what a class costs. So there are none that only read a setting.
 *
 * @param <P> the group
 */
final class Layer<P extends Record> {
  private final Class<P> type;
  private final String ownName;
  private final String sharedName;
  private final @Nullable P own;
  private final @Nullable P shared;
  private final P said;

  private Layer(
      Class<P> type, String ownName, String sharedName, @Nullable P own, @Nullable P shared) {
    this.type = type;
    this.ownName = ownName;
    this.sharedName = sharedName;
    this.own = own;
    this.shared = shared;
    this.said = Groups.merged(type, own, shared);
  }

  /**
   * @param own of the service; null if nothing is said of it
   */
  static Layer<ServiceProperties> of(
      String service, @Nullable ServiceProperties own, ServiceProperties shared) {
    return new Layer<>(
        ServiceProperties.class,
        "evenkeel.services." + service + '.',
        "evenkeel.defaults.",
        own,
        shared);
  }

  /** A group within this one. */
  <Q extends Record> Layer<Q> in(String name, Class<Q> group) {
    String end = kebab(name) + '.';
    return new Layer<>(
        group,
        ownName + end,
        sharedName + end,
        group.cast(Groups.value(name, own)),
        group.cast(Groups.value(name, shared)));
  }

  /** Whether anything of it is set anywhere. */
  boolean isSet() {
    return own != null || shared != null;
  }

  /** Only what the service itself sets. */
  Layer<P> ofService() {
    return new Layer<>(type, ownName, sharedName, own, null);
  }

  /** Only what all services have in common. */
  Layer<P> ofDefaults() {
    return new Layer<>(type, sharedName, sharedName, shared, null);
  }

  /** What is set in the end. */
  P said() {
    return said;
  }

  /** The full name of a setting: where it is set, or else where the service would set it. */
  String name(String name) {
    boolean isOwn = Groups.value(name, own) != null || Groups.value(name, shared) == null;
    return (isOwn ? ownName : sharedName) + kebab(name);
  }

  /**
   * Uses a setting, if it is set.
   *
   * @param value what is said of it
   * @throws SettingException if it is refused
   */
  <V> void set(String name, @Nullable V value, Consumer<V> use) {
    if (value != null) {
      try {
        use.accept(value);
      } catch (IllegalArgumentException e) {
        throw SettingException.of(name(name), value, e);
      }
    }
  }

  /**
   * Makes something of settings that the library names as properties do.
   *
   * @throws SettingException if one is refused
   */
  <R> R make(Supplier<R> made) {
    try {
      return made.get();
    } catch (IllegalArgumentException e) {
      throw SettingException.among(isOwn(SettingException.setting(e)) ? ownName : sharedName, e);
    }
  }

  private boolean isOwn(String refused) {
    if (own == null || shared == null) {
      return shared == null;
    }
    try {
      return Groups.value(refused, own) != null;
    } catch (NoSuchElementException e) {
      // It is about all of them.
      return true;
    }
  }
}
