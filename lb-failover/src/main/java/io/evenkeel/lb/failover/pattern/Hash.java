package io.evenkeel.lb.failover.pattern;

/** Hashing of affinities, which may be small numbers. The same in every process. */
final class Hash {
  private Hash() {}

  /** D. Stafford's thirteenth mixer: each bit depends on all. */
  static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
