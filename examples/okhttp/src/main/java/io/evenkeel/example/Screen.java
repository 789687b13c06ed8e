package io.evenkeel.example;

import java.io.PrintStream;
import java.util.List;

/** Where progress is shown: a table that redraws itself, or plain lines now and then. */
final class Screen {
  private static final String UP = "\u001b[%dA";
  private static final String CLEAR_BELOW = "\u001b[J";
  private static final String NO_WRAP = "\u001b[?7l";
  private static final String WRAP = "\u001b[?7h";
  private static final double PLAIN_EVERY_SECONDS = 5;

  private final PrintStream out;
  private final boolean live;
  private int drawn;
  private double nextPlain = PLAIN_EVERY_SECONDS;
  private int marksSaid;

  /**
   * @param live whether {@code out} is a terminal that can redraw
   */
  Screen(PrintStream out, boolean live) {
    this.out = out;
    this.live = live;
  }

  /** Prints a line. */
  void say(String line) {
    out.println(line);
    out.flush();
  }

  /** Shows how the run stands, over what it showed of it last. */
  void draw(View view, double second, int seconds) {
    if (live) {
      redraw(view.lines(second, seconds));
    } else {
      drawPlain(view, second, seconds);
    }
  }

  /** Leaves the run's last state where it is. */
  void finish() {
    drawn = 0;
    nextPlain = PLAIN_EVERY_SECONDS;
    marksSaid = 0;
  }

  private void redraw(List<String> lines) {
    StringBuilder frame = new StringBuilder();
    if (drawn > 0) {
      frame.append(Text.format(UP, drawn));
    }
    frame.append(CLEAR_BELOW).append(NO_WRAP);
    lines.forEach(line -> frame.append(line).append('\n'));
    out.print(frame.append(WRAP));
    out.flush();
    drawn = lines.size();
  }

  private void drawPlain(View view, double second, int seconds) {
    List<Figures.Mark> marks = view.ledger().marks();
    for (Figures.Mark mark : marks.subList(marksSaid, marks.size())) {
      say(Text.format("%.1f s: %s", mark.second(), mark));
      marksSaid++;
    }
    if (second >= nextPlain || second >= seconds) {
      view.lines(second, seconds).forEach(this::say);
      nextPlain += PLAIN_EVERY_SECONDS;
    }
  }
}
