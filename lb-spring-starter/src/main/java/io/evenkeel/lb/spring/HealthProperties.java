package io.evenkeel.lb.spring;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Which endpoints are fit.
 *
 * @param enabled Whether endpoints are judged at all.
 * @param failuresInARow How many failures in a row are suspicious, 1 to 64; 0 for not to look.
 * @param refusalsInARow How many refused connections in a row are suspicious, 1 to 64; 0 for not to
 *     look.
 * @param failureRatio Failures among requests, against the others.
 * @param successRate Successes among many requests to many endpoints.
 * @param latency How long answers take, against the others.
 * @param ejection For how long an endpoint is ejected.
 * @param ramp Over what time an endpoint that comes back gets its share.
 * @param maxEjectedShare Which share of the capacity may be ejected, 0 to 1.
 * @param check Looks at endpoints apart from the traffic.
 */
record HealthProperties(
    @Nullable Boolean enabled,
    @Nullable Integer failuresInARow,
    @Nullable Integer refusalsInARow,
    @Nullable FailureRatio failureRatio,
    @Nullable SuccessRate successRate,
    @Nullable Latency latency,
    @Nullable Ejection ejection,
    @Nullable Duration ramp,
    @Nullable Double maxEjectedShare,
    @Nullable Check check) {

  /**
   * @param enabled Whether to look.
   * @param threshold The ratio that is still good, 0.01 to 1.
   * @param volume With fewer requests it is not looked at.
   */
  record FailureRatio(
      @Nullable Boolean enabled, @Nullable Double threshold, @Nullable Integer volume) {}

  /**
   * @param enabled Whether to look.
   * @param deviations How far below the others, 0.5 to 10.
   * @param nodes How many endpoints must have the volume.
   * @param volume How many requests each of them needs.
   */
  record SuccessRate(
      @Nullable Boolean enabled,
      @Nullable Double deviations,
      @Nullable Integer nodes,
      @Nullable Integer volume) {}

  /**
   * @param enabled Whether to look.
   * @param factor How many times the others' median, 1.3 to 1000.
   * @param floor A latency that is still good.
   */
  record Latency(@Nullable Boolean enabled, @Nullable Double factor, @Nullable Duration floor) {}

  /**
   * @param base For how long the first time, and how much more each time.
   * @param cap The longest time.
   */
  record Ejection(@Nullable Duration base, @Nullable Duration cap) {}

  /**
   * @param type How to look.
   * @param path What to ask for over HTTP.
   * @param interval How often.
   * @param timeout How long an answer may take.
   * @param rise How many successes make an endpoint up.
   * @param fall How many failures make it down.
   * @param initiallyDown Whether an endpoint is down until a check has found it up.
   */
  record Check(
      @Nullable Type type,
      @Nullable String path,
      @Nullable Duration interval,
      @Nullable Duration timeout,
      @Nullable Integer rise,
      @Nullable Integer fall,
      @Nullable Boolean initiallyDown) {

    /** How to look. */
    enum Type {
      /** Not at all. */
      NONE,
      /** Whether a connection can be made. */
      TCP,
      /** Whether a GET is answered well; needs lb-okhttp. */
      HTTP
    }
  }
}
