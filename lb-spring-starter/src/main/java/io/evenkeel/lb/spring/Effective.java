package io.evenkeel.lb.spring;

import java.lang.reflect.RecordComponent;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is set in the end, wherever it is set, by the names of properties. Immutable, and equal by
 * value.
 *
 * @param values by name, without what nobody sets
 */
record Effective(SortedMap<String, Object> values) {
  private static final int LONGEST = 120;

  Effective {
    values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
  }

  /** What a group of settings says. */
  static Effective of(Record group) {
    SortedMap<String, Object> found = new TreeMap<>();
    collect("", group, found);
    return new Effective(found);
  }

  private static void collect(String prefix, Record group, Map<String, Object> found) {
    for (RecordComponent component : group.getClass().getRecordComponents()) {
      Object value = Groups.value(component, group);
      if (value != null) {
        String name = prefix + SettingException.kebab(component.getName());
        if (value instanceof Record inner) {
          collect(name + '.', inner, found);
        } else {
          found.put(name, value);
        }
      }
    }
  }

  /** The same without a group that does not count. */
  Effective without(String group) {
    return new Effective(
        values.entrySet().stream()
            .filter(each -> !each.getKey().startsWith(group + '.'))
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, TreeMap::new)));
  }

  /** The same, and a group with these. */
  Effective with(String group, Effective more) {
    SortedMap<String, Object> all = new TreeMap<>(values);
    more.values.forEach((name, value) -> all.put(group + '.' + name, value));
    return new Effective(all);
  }

  /** The names of all that differs. */
  TreeSet<String> changed(Effective after) {
    TreeSet<String> names = new TreeSet<>(values.keySet());
    names.addAll(after.values.keySet());
    names.removeIf(name -> Objects.equals(values.get(name), after.values.get(name)));
    return names;
  }

  /** A setting before and after, for people. */
  String change(String name, Effective after) {
    return name + " from " + text(values.get(name)) + " to " + text(after.values.get(name));
  }

  private static String text(@Nullable Object value) {
    if (value == null) {
      return "what it is by default";
    }
    String text = value.toString().replaceAll("\\p{Cntrl}", "?");
    return text.length() > LONGEST ? text.substring(0, LONGEST) + "..." : text;
  }
}
