package io.evenkeel.lb.spring;

import java.lang.reflect.RecordComponent;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A group of settings of one service, and behind it the same group of the defaults: what the
 * service does not set is as there. Knows what each is called, so that one which is refused can be
 * named. Immutable.
 *
 * @param <P> the group
 */
final class Layer<P> {
  private final String ownName;
  private final String sharedName;
  private final @Nullable P own;
  private final @Nullable P shared;

  private Layer(String ownName, String sharedName, @Nullable P own, @Nullable P shared) {
    this.ownName = ownName;
    this.sharedName = sharedName;
    this.own = own;
    this.shared = shared;
  }

  /**
   * @param own of the service; null if nothing is said of it
   */
  static Layer<ServiceProperties> of(
      String service, @Nullable ServiceProperties own, ServiceProperties shared) {
    return new Layer<>("evenkeel.services." + service + '.', "evenkeel.defaults.", own, shared);
  }

  /** A group within this one. */
  <Q> Layer<Q> in(String name, Function<P, @Nullable Q> read) {
    return new Layer<>(
        ownName + name + '.', sharedName + name + '.', read(own, read), read(shared, read));
  }

  /** Whether anything of it is set anywhere. */
  boolean isSet() {
    return own != null || shared != null;
  }

  /** Only what the service itself sets. */
  Layer<P> ofService() {
    return new Layer<>(ownName, sharedName, own, null);
  }

  /** Only what all services have in common. */
  Layer<P> ofDefaults() {
    return new Layer<>(sharedName, sharedName, shared, null);
  }

  <V> @Nullable V value(Function<P, @Nullable V> read) {
    V first = read(own, read);
    return first != null ? first : read(shared, read);
  }

  <V> V value(Function<P, @Nullable V> read, V otherwise) {
    V found = value(read);
    return found != null ? found : otherwise;
  }

  /** All that is set of a group, wherever. */
  static Effective effective(Layer<? extends Record> group) {
    return Effective.of(group.own, group.shared);
  }

  /** The full name of a setting: where it is set, or else where the service would set it. */
  <V> String name(String name, Function<P, @Nullable V> read) {
    return (read(own, read) != null || read(shared, read) == null ? ownName : sharedName) + name;
  }

  /**
   * Uses a setting, if it is set.
   *
   * @throws SettingException if it is refused
   */
  <V> void set(String name, Function<P, @Nullable V> read, Consumer<V> use) {
    V value = value(read);
    if (value != null) {
      try {
        use.accept(value);
      } catch (IllegalArgumentException e) {
        throw SettingException.of(name(name, read), value, e);
      }
    }
  }

  /**
   * Makes something of several settings.
   *
   * @throws SettingException if one is refused
   */
  <R> R make(Supplier<R> made) {
    try {
      return made.get();
    } catch (IllegalArgumentException e) {
      boolean isOwn = shared == null || has(own, SettingException.setting(e));
      throw SettingException.among(isOwn ? ownName : sharedName, e);
    }
  }

  /** Whether a group sets this. Only asked when all is lost anyway. */
  private static boolean has(@Nullable Object group, String setting) {
    if (group == null) {
      return false;
    }
    for (RecordComponent component : group.getClass().getRecordComponents()) {
      if (component.getName().equals(setting)) {
        return Effective.value(component, group) != null;
      }
    }
    return true;
  }

  private static <P, V> @Nullable V read(@Nullable P group, Function<P, @Nullable V> read) {
    return group == null ? null : read.apply(group);
  }
}
