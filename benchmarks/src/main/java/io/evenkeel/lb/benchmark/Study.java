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
   * @param machine what the figures depend on, for the head of each file
   * @param quick whether to be done within two minutes
   */
  void run(Path results, Machine machine, boolean quick) throws IOException;
}
