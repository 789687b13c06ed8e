package io.evenkeel.lb.benchmark;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A group of {@code benchmarks/run} that measures without JMH. Found as a {@link
 * java.util.ServiceLoader} service, so that other modules can bring theirs.
 */
public interface Study {
  /** The name on the command line and of the files. */
  String name();

  /**
   * Measures, and writes files that begin with the name.
   *
   * @param results a directory that exists
   * @param heading what the figures depend on, as a list in Markdown, for the head of a page
   * @param quick whether to be done within two minutes
   */
  void run(Path results, String heading, boolean quick) throws IOException;
}
