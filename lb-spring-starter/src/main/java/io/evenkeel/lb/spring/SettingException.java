package io.evenkeel.lb.spring;

import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;

/** A property that cannot be used as it is: its name, its value, and what is expected. */
final class SettingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final Pattern UNEXPECTED =
      Pattern.compile("(\\w+): (.*) \\(expected: (.*)\\)", Pattern.DOTALL);

  private static final Pattern WORD =
      Pattern.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])");

  private final String property;
  private final String value;
  private final String expected;
  private final @Nullable String action;

  private SettingException(
      String property,
      String value,
      String expected,
      @Nullable String action,
      @Nullable Throwable cause) {
    super(property + ": " + value + " (expected: " + expected + ")", cause);
    this.property = property;
    this.value = value;
    this.expected = expected;
    this.action = action;
  }

  static SettingException of(String property, @Nullable Object value, String expected) {
    return new SettingException(property, shown(value), expected, null, null);
  }

  /**
   * The same, with advice.
   *
   * @param action what to do about it, as a sentence
   */
  static SettingException of(
      String property, @Nullable Object value, String expected, String action) {
    return new SettingException(property, shown(value), expected, action, null);
  }

  /** What the library has refused, as what the property may be. */
  static SettingException of(String property, Object value, IllegalArgumentException refused) {
    Matcher matcher = matcher(refused);
    String expected = matcher.matches() ? matcher.group(3) : text(refused);
    return new SettingException(property, shown(value), expected, null, refused);
  }

  /**
   * The same for several properties that were used at once: the library says which.
   *
   * @param group the name of them all, with a dot at its end
   */
  static SettingException among(String group, IllegalArgumentException refused) {
    Matcher matcher = matcher(refused);
    return matcher.matches()
        ? new SettingException(
            group + kebab(matcher.group(1)), matcher.group(2), matcher.group(3), null, refused)
        : new SettingException(
            group.substring(0, group.length() - 1), "refused", text(refused), null, refused);
  }

  /** Of a property that is not known, or has a value of another kind. */
  static SettingException of(BindException refused) {
    if (refused.getCause() instanceof UnboundConfigurationPropertiesException unknown) {
      ConfigurationProperty first = unknown.getUnboundProperties().iterator().next();
      return new SettingException(
          first.getName().toString(), shown(first.getValue()), "a known property", null, refused);
    }
    ConfigurationProperty property = refused.getProperty();
    return new SettingException(
        refused.getName().toString(),
        property == null ? "refused" : shown(property.getValue()),
        "a " + refused.getTarget().getType().toClass().getSimpleName(),
        null,
        refused);
  }

  /** The name that the library has for what it refuses; empty if it does not say. */
  static String setting(IllegalArgumentException refused) {
    Matcher matcher = matcher(refused);
    return matcher.matches() ? matcher.group(1) : "";
  }

  private static Matcher matcher(IllegalArgumentException refused) {
    return UNEXPECTED.matcher(text(refused));
  }

  private static String text(IllegalArgumentException refused) {
    return Objects.requireNonNullElse(refused.getMessage(), refused.toString());
  }

  private static String shown(@Nullable Object value) {
    return value == null ? "not set" : value instanceof String text ? '"' + text + '"' : "" + value;
  }

  /** As properties are written: failuresInARow is failures-in-a-row. */
  static String kebab(String name) {
    return WORD.matcher(name).replaceAll("-").toLowerCase(Locale.ROOT);
  }

  /** The full name, such as {@code evenkeel.services.orders.strategy}. */
  String property() {
    return property;
  }

  String value() {
    return value;
  }

  String expected() {
    return expected;
  }

  /** What to do about it, if that is not just to change the value. */
  @Nullable String action() {
    return action;
  }
}
