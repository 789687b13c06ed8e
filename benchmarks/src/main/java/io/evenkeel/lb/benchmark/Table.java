package io.evenkeel.lb.benchmark;

import java.util.Collections;
import java.util.List;

/** A table in Markdown. Not thread-safe. */
public final class Table {
  private final StringBuilder text = new StringBuilder();

  /**
   * A table without rows.
   *
   * @param titles of its columns
   */
  public Table(List<String> titles) {
    row(titles);
    row(Collections.nCopies(titles.size(), "---"));
  }

  /** Adds a row. */
  public void row(List<String> cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  /** The lines, each with its end. */
  @Override
  public String toString() {
    return text.toString();
  }
}
