package io.evenkeel.lb.benchmark.boot;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the application has: the build wrote it down. */
enum ClassPath {
  WITHOUT,
  WITH;

  /**
   * The class path of a process of the application.
   *
   * @param more whose jars come behind that
   */
  String text(Class<?>... more) {
    Path classes = of(ClassPath.class);
    List<String> all = new ArrayList<>();
    all.add(classes.toString());
    try {
      String name = "classpath-" + name().toLowerCase(Locale.ROOT);
      all.add(Files.readString(classes.resolveSibling(name)).strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (Class<?> each : more) {
      all.add(of(each).toString());
    }
    return String.join(File.pathSeparator, all);
  }

  private static Path of(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
