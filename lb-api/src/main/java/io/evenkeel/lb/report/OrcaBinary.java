package io.evenkeel.lb.report;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Reads the message in the wire format of Protocol Buffers, in base64. */
final class OrcaBinary {
  private static final int VARINT = 0;
  private static final int FIXED_64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED_32 = 5;

  /** What a varint is where there is none. */
  private static final long NONE = -1;

  private static final String CUT_SHORT =
      "bytes that are not a whole message (expected: an OrcaLoadReport)";

  private OrcaBinary() {}

  /** Why the value cannot be read; null if it can. */
  static @Nullable String read(String base64, OrcaReport.Draft draft) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(base64.strip());
    } catch (IllegalArgumentException e) {
      return "characters or a length that are wrong (expected: base64)";
    }
    ByteBuffer message = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    String problem = null;
    while (message.hasRemaining() && problem == null) {
      problem = readField(message, draft);
    }
    return problem;
  }

  private static @Nullable String readField(ByteBuffer message, OrcaReport.Draft draft) {
    long tag = varint(message);
    int wire = (int) tag & 7;
    OrcaField field = tag < 8 || tag > 0xffff_ffffL ? null : OrcaField.of((int) (tag >>> 3));
    if (tag < 8 || tag > 0xffff_ffffL) {
      return CUT_SHORT;
    }
    if (field == OrcaField.RPS && wire == VARINT) {
      long rps = varint(message);
      return rps == NONE ? CUT_SHORT : draft.put(field, (double) rps);
    }
    if (field != null && field != OrcaField.RPS && !field.isMap && wire == FIXED_64) {
      return message.remaining() < 8 ? CUT_SHORT : draft.put(field, message.getDouble());
    }
    if (field != null && field.isMap && wire == LENGTH_DELIMITED) {
      ByteBuffer entry = delimited(message);
      return entry == null ? CUT_SHORT : readEntry(field, entry, draft);
    }
    return skip(message, wire) ? null : CUT_SHORT;
  }

  /** An entry of a map: a message of a key, number 1, and a value, number 2. */
  private static @Nullable String readEntry(
      OrcaField field, ByteBuffer entry, OrcaReport.Draft draft) {
    String key = "";
    double value = 0;
    while (entry.hasRemaining()) {
      long tag = varint(entry);
      if (tag == ((1 << 3) | LENGTH_DELIMITED)) {
        ByteBuffer text = delimited(entry);
        if (text == null) {
          return CUT_SHORT;
        }
        key = StandardCharsets.UTF_8.decode(text).toString();
      } else if (tag == ((2 << 3) | FIXED_64) && entry.remaining() >= 8) {
        value = entry.getDouble();
      } else if (tag == NONE || !skip(entry, (int) tag & 7)) {
        return CUT_SHORT;
      }
    }
    return draft.put(field, key, value);
  }

  private static boolean skip(ByteBuffer message, int wire) {
    return switch (wire) {
      case VARINT -> varint(message) != NONE;
      case FIXED_64 -> skipBytes(message, 8);
      case LENGTH_DELIMITED -> delimited(message) != null;
      case FIXED_32 -> skipBytes(message, 4);
      default -> false;
    };
  }

  private static boolean skipBytes(ByteBuffer message, int bytes) {
    if (message.remaining() < bytes) {
      return false;
    }
    message.position(message.position() + bytes);
    return true;
  }

  private static @Nullable ByteBuffer delimited(ByteBuffer message) {
    long length = varint(message);
    if (length < 0 || length > message.remaining()) {
      return null;
    }
    ByteBuffer part = message.slice().limit((int) length).order(ByteOrder.LITTLE_ENDIAN);
    message.position(message.position() + (int) length);
    return part;
  }

  /** At most 63 bits, since no number here needs more; {@link #NONE} if there is no such number. */
  private static long varint(ByteBuffer message) {
    long value = 0;
    for (int shift = 0; shift < 63 && message.hasRemaining(); shift += 7) {
      byte next = message.get();
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    return NONE;
  }
}
