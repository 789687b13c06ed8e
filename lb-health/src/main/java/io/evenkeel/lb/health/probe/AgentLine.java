package io.evenkeel.lb.health.probe;

import io.evenkeel.lb.health.Verdict;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a line of an agent says, in the words of HAProxy's configuration manual, agent-check. */
final class AgentLine {
  private final String text;
  private boolean understood;
  private double share = 1;
  private boolean down;
  private Verdict.Kind wish = Verdict.Kind.UP;

  private AgentLine(String text) {
    this.text = text;
  }

  /** Returns null if there is no word that is known. */
  static @Nullable Verdict read(String line) {
    int sharp = line.indexOf('#');
    String words = sharp < 0 ? line : line.substring(0, sharp);
    String why = sharp < 0 ? "" : line.substring(sharp + 1).strip();
    AgentLine read = new AgentLine(why.isEmpty() ? words.strip() : why);
    for (String word : words.split("[ \t,]+", -1)) {
      read.word(word.toLowerCase(Locale.ROOT));
    }
    return read.understood ? read.verdict() : null;
  }

  private void word(String word) {
    boolean known = true;
    switch (word) {
      case "up" -> down = false;
      case "down", "stopped", "fail" -> down = true;
      case "ready" -> wish = Verdict.Kind.UP;
      case "drain" -> wish = Verdict.Kind.DRAINING;
      case "maint" -> wish = Verdict.Kind.MAINTENANCE;
      default -> known = percentage(word);
    }
    understood |= known;
  }

  private boolean percentage(String word) {
    if (!word.matches("[0-9]{1,9}%")) {
      return false;
    }
    int percent = Integer.parseInt(word.substring(0, word.length() - 1));
    share = Math.min(percent, 100) / 100.0;
    return true;
  }

  private Verdict verdict() {
    String why = "agent: " + text;
    if (wish == Verdict.Kind.MAINTENANCE) {
      return Verdict.maintenance(why);
    }
    if (down) {
      return Verdict.down(why);
    }
    return wish == Verdict.Kind.DRAINING || share == 0
        ? Verdict.draining(why)
        : Verdict.up(share, why);
  }
}
