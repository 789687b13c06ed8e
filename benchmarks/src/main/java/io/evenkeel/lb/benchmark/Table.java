package io.evenkeel.lb.benchmark;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Collections;
import java.util.List;

/** A table in Markdown. Not thread-safe. */
public final class Table {
  private static final MathContext DIGITS = new MathContext(3);

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

  /** A figure with three digits, or all that are before the point; {@code never} if it is none. */
  public static String number(double value) {
    return Double.isFinite(value)
        ? new BigDecimal(value, value < 1000 ? DIGITS : MathContext.DECIMAL32)
            .stripTrailingZeros()
            .toPlainString()
        : "never";
  }
}
