package io.evenkeel.lb.testkit.rig;

import static io.evenkeel.lb.testkit.rig.Expect.expect;

import java.time.Duration;

/**
 * How a server answers. Passes from one process to the other as one line of text.
 *
 * @param serviceNanos how long a request takes that is answered well
 * @param errors the share of requests that are answered with an error, at once, from 0 to 1
 * @param status of an error
 * @param retryAfter what an error says in {@code Retry-After}, in seconds; negative for nothing
 * @param hangs whether requests are taken and never answered
 * @param health the status of the health path
 * @param healthHangs whether requests for the health path are taken and never answered
 */
record Behaviour(
    long serviceNanos,
    double errors,
    int status,
    long retryAfter,
    boolean hangs,
    int health,
    boolean healthHangs) {
  static final Behaviour WELL =
      new Behaviour(Duration.ofMillis(10).toNanos(), 0, 503, -1, false, 200, false);

  Behaviour serviceTime(Duration time) {
    long nanos = Expect.atMostADay("serviceTime", time);
    return new Behaviour(nanos, errors, status, retryAfter, hangs, health, healthHangs);
  }

  Behaviour errors(double share, int status, long retryAfter) {
    expect(share >= 0 && share <= 1, "share", share, "0.0..1.0");
    expectStatus(status);
    return new Behaviour(serviceNanos, share, status, retryAfter, hangs, health, healthHangs);
  }

  Behaviour hangs(boolean hangs) {
    return new Behaviour(serviceNanos, errors, status, retryAfter, hangs, health, healthHangs);
  }

  Behaviour health(int health) {
    expectStatus(health);
    return new Behaviour(serviceNanos, errors, status, retryAfter, hangs, health, healthHangs);
  }

  Behaviour healthHangs(boolean healthHangs) {
    return new Behaviour(serviceNanos, errors, status, retryAfter, hangs, health, healthHangs);
  }

  private static void expectStatus(int status) {
    expect(status >= 200 && status <= 599, "status", status, "200..599");
  }

  String line() {
    return serviceNanos
        + " "
        + errors
        + " "
        + status
        + " "
        + retryAfter
        + " "
        + hangs
        + " "
        + health
        + " "
        + healthHangs;
  }

  static Behaviour parse(String line) {
    String[] words = line.split(" ", -1);
    return new Behaviour(
        Long.parseLong(words[0]),
        Double.parseDouble(words[1]),
        Integer.parseInt(words[2]),
        Long.parseLong(words[3]),
        Boolean.parseBoolean(words[4]),
        Integer.parseInt(words[5]),
        Boolean.parseBoolean(words[6]));
  }
}
