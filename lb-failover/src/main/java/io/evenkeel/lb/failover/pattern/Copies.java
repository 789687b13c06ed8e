package io.evenkeel.lb.failover.pattern;

import io.evenkeel.lb.failover.setting.Expect;

/**
 * To how many endpoints a {@link Redundant} call goes, and how many successes it needs. Immutable.
 */
public final class Copies {
  private static final int MOST = 1000;

  final int most;
  final int needed;

  /** Whether the call is over only when all copies are. */
  final boolean waits;

  private final String name;

  private Copies(int most, int needed, boolean waits, String name) {
    this.most = most;
    this.needed = needed;
    this.waits = waits;
    this.name = name;
  }

  /**
   * Takes the first success, and cancels the others. Fewer endpoints will do.
   *
   * @param copies from 1 to 1000
   * @throws IllegalArgumentException if it is not in that range
   */
  public static Copies first(int copies) {
    return new Copies(Expect.within("copies", copies, 1, MOST), 1, false, "first of " + copies);
  }

  /**
   * Is complete as soon as more than half have succeeded, and has failed as soon as that cannot be
   * any more. The others go on to their ends.
   *
   * @param copies from 1 to 1000; odd numbers are best
   * @throws IllegalArgumentException if it is not in that range
   */
  public static Copies quorum(int copies) {
    int needed = Expect.within("copies", copies, 1, MOST) / 2 + 1;
    return new Copies(copies, needed, false, needed + " of " + copies);
  }

  /**
   * Waits for all, and needs the success of all.
   *
   * @param copies from 1 to 1000
   * @throws IllegalArgumentException if it is not in that range
   */
  public static Copies all(int copies) {
    Expect.within("copies", copies, 1, MOST);
    return new Copies(copies, copies, true, "all of " + copies);
  }

  /**
   * Goes to all endpoints that the balancer has in use, up to 1000, and waits for all of them.
   *
   * @param least how many successes it needs, from 1 to 1000
   * @throws IllegalArgumentException if it is not in that range
   */
  public static Copies everywhere(int least) {
    Expect.within("least", least, 1, MOST);
    return new Copies(MOST, least, true, "everywhere, at least " + least);
  }

  /** Whether those that are under way when the call is complete are of no use any more. */
  boolean cancelsOthers() {
    return needed == 1 && !waits;
  }

  @Override
  public String toString() {
    return name;
  }
}
