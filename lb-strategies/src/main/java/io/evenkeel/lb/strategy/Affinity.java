package io.evenkeel.lb.strategy;

import io.evenkeel.lb.RequestContext;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * Turns what ties requests together (a session, an account, a client's address) into the {@link
 * RequestContext#affinity()} that hashing strategies choose by. Never 0, which means none, and
 * nothing is allocated. Immutable and thread-safe.
 *
 * <p>The seed decides which key goes where. With a seed that nobody knows, keys cannot be chosen so
 * that they all meet at one endpoint; with one that all share, several clients agree.
 *
 * <p>Each eight bytes are folded into the hash by a 128-bit multiplication with secrets made from
 * the seed, as in wyhash (Wang Yi, 2019). Not for cryptography.
 */
public final class Affinity {
  private static final Affinity OF_PROCESS = new Affinity(new SplittableRandom().nextLong());
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int CHARS_PER_LANE = 4;

  private final long first;
  private final long second;

  private Affinity(long seed) {
    first = Hashes.mix(seed + 0x9e3779b97f4a7c15L);
    second = Hashes.mix(first + 0x9e3779b97f4a7c15L);
  }

  /** With a seed that is drawn when the process starts. */
  public static Affinity ofProcess() {
    return OF_PROCESS;
  }

  /** With a seed that several processes can share. */
  public static Affinity seeded(long seed) {
    return new Affinity(seed);
  }

  /** The affinity of a number, such as an account's. */
  public long of(long key) {
    return end(fold(first, key), Long.BYTES);
  }

  /** The affinity of a text, by its characters. */
  public long of(CharSequence key) {
    int length = key.length();
    long hash = first;
    int i = 0;
    for (; i + CHARS_PER_LANE <= length; i += CHARS_PER_LANE) {
      hash = fold(hash, lane(key, i, i + CHARS_PER_LANE));
    }
    return end(fold(hash, lane(key, i, length)), length);
  }

  /** The affinity of bytes, such as those of an address. */
  public long of(byte[] key) {
    return of(key, 0, key.length);
  }

  /**
   * The affinity of some bytes of an array.
   *
   * @throws IndexOutOfBoundsException unless {@code 0 <= from <= to <= key.length}
   */
  public long of(byte[] key, int from, int to) {
    Objects.checkFromToIndex(from, to, key.length);
    long hash = first;
    int i = from;
    for (; i + Long.BYTES <= to; i += Long.BYTES) {
      hash = fold(hash, (long) LONGS.get(key, i));
    }
    long rest = 0;
    for (int shift = 0; i < to; i++, shift += Byte.SIZE) {
      rest |= (key[i] & 0xffL) << shift;
    }
    return end(fold(hash, rest), to - from);
  }

  private static long lane(CharSequence key, int from, int to) {
    long lane = 0;
    for (int i = from; i < to; i++) {
      lane = (lane << Character.SIZE) | key.charAt(i);
    }
    return lane;
  }

  private long fold(long hash, long lane) {
    return product(lane ^ second, hash);
  }

  private long end(long hash, int length) {
    long end = Hashes.mix(product(hash ^ second, first ^ length));
    return end == 0 ? 1 : end;
  }

  private static long product(long a, long b) {
    return Math.multiplyHigh(a, b) ^ (a * b);
  }

  @Override
  public String toString() {
    return "Affinity";
  }
}
