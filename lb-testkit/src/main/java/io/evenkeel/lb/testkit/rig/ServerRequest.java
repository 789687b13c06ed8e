package io.evenkeel.lb.testkit.rig;

import static io.evenkeel.lb.testkit.rig.Expect.expect;

import java.util.Locale;

/**
 * The head of a request, as far as a {@link Server} goes by it.
 *
 * @param path without the query
 * @param millis what the query asks for; negative if it does not
 * @param key of idempotency; empty if there is none
 * @param length of the body
 * @param keepsAlive whether the connection is to be kept
 */
record ServerRequest(
    String method, String path, long millis, String key, long length, boolean keepsAlive) {
  private static final String MILLIS = "?millis=";

  static final ServerRequest NONE = new ServerRequest("", "", -1, "", 0, false);

  static ServerRequest parse(String head) {
    String[] lines = head.split("\r\n", -1);
    String[] words = lines[0].split(" ", -1);
    expect(words.length == 3, "request", lines[0], "METHOD TARGET VERSION");
    int query = words[1].indexOf('?');
    String path = query < 0 ? words[1] : words[1].substring(0, query);
    boolean asks = query >= 0 && words[1].startsWith(MILLIS, query);
    long millis = asks ? Long.parseLong(words[1].substring(query + MILLIS.length())) : -1;
    String key = "";
    long length = 0;
    boolean keepsAlive = words[2].equals("HTTP/1.1");
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      if (colon < 0) {
        continue;
      }
      String value = lines[i].substring(colon + 1).strip();
      switch (lines[i].substring(0, colon).toLowerCase(Locale.ROOT)) {
        case "content-length" -> length = Long.parseLong(value);
        case "connection" -> keepsAlive &= !value.equalsIgnoreCase("close");
        case "idempotency-key" -> key = value;
        case "transfer-encoding" ->
            throw new IllegalArgumentException("body: " + value + " (expected: of known length)");
        default -> {}
      }
    }
    return new ServerRequest(words[0], path, millis, key, length, keepsAlive);
  }
}
