package io.evenkeel.lb.health;

/**
 * When the checks of a node are to look at once: if a connection could not be made, or if two
 * requests in a row have failed after many that had not. Connections that break are all that a
 * killed node may show to clients who then prefer others; two witnesses are enough. For the control
 * thread.
 */
final class Doubt {
  private static final long LAST_TWO = 0b11;

  private boolean refused;
  private boolean untroubled = true;

  /**
   * Whether they are, by what there is now: once while it goes on, or an overload of all would
   * multiply the probes.
   *
   * @param history which of the latest requests failed, the last one in the lowest bit
   */
  boolean arises(boolean refusedNow, long history) {
    boolean failing = (history & LAST_TWO) == LAST_TWO;
    boolean arises = (refusedNow && !refused) || (failing && untroubled);
    refused = refusedNow;
    untroubled = history == 0 || (untroubled && !failing);
    return arises;
  }
}
