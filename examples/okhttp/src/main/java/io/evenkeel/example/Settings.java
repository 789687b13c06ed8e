package io.evenkeel.example;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.Strategy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run is to be, checked.
 *
 * @param endpoints the user's servers; empty for the demo's own
 * @param seed fixes when requests are due and how long each answer of the demo's servers takes
 */
record Settings(
    String strategyName,
    Strategy strategy,
    List<Endpoint> endpoints,
    int rate,
    int seconds,
    long seed,
    @Nullable Path json,
    @Nullable Path report) {

  static final int MAX_RATE = 20_000;
  static final int MAX_SECONDS = 3600;
  static final int MAX_ENDPOINTS = 100;

  /**
   * Settings from the texts on the command line.
   *
   * @throws IllegalArgumentException if one is wrong; the message names the option
   */
  static Settings of(
      String strategy,
      @Nullable String endpoints,
      String rate,
      String seconds,
      String seed,
      @Nullable String json,
      @Nullable String report) {
    Settings settings =
        new Settings(
            strategy,
            strategy("--strategy", strategy),
            endpoints == null ? List.of() : endpoints("--endpoints", endpoints),
            (int) number("--rate", rate, 1, MAX_RATE),
            (int) number("--seconds", seconds, 1, MAX_SECONDS),
            number("--seed", seed, Long.MIN_VALUE, Long.MAX_VALUE),
            writable("--json", json),
            writable("--report", report));
    if (settings.json != null && settings.json.equals(settings.report)) {
      throw new IllegalArgumentException("--report: " + report + " (expected: not --json's file)");
    }
    return settings;
  }

  /** Whether the servers are the demo's own, so that faults can be done to them. */
  boolean ownServers() {
    return endpoints.isEmpty();
  }

  private static Strategy strategy(String option, String name) {
    try {
      return Strategies.of(name);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(option + ": " + e.getMessage(), e);
    }
  }

  /**
   * A whole number.
   *
   * @throws IllegalArgumentException unless it is one within these bounds
   */
  private static long number(String option, String value, long least, long most) {
    try {
      long number = Long.parseLong(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw notBetween(option, value, least, most, e);
    }
    throw notBetween(option, value, least, most, null);
  }

  private static IllegalArgumentException notBetween(
      String option, String value, long least, long most, @Nullable Exception cause) {
    String range = least == Long.MIN_VALUE ? "" : ", " + least + ".." + most;
    return new IllegalArgumentException(
        option + ": " + value + " (expected: a whole number" + range + ")", cause);
  }

  /**
   * Endpoints that are separated by commas.
   *
   * @throws IllegalArgumentException if one is none, or there are too many
   */
  private static List<Endpoint> endpoints(String option, String value) {
    List<Endpoint> endpoints = new ArrayList<>();
    for (String part : value.split(",", -1)) {
      try {
        endpoints.add(Endpoint.parse(part.strip()));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            option + ": " + e.getMessage() + " (expected: host:port,host:port,...)", e);
      }
    }
    List<Endpoint> distinct = EndpointSet.of(endpoints).endpoints();
    if (distinct.size() > MAX_ENDPOINTS) {
      throw new IllegalArgumentException(
          option + ": " + distinct.size() + " endpoints (expected: 1.." + MAX_ENDPOINTS + ")");
    }
    return distinct;
  }

  /**
   * A file that can be written, tried without a change to it.
   *
   * @throws IllegalArgumentException if it cannot
   */
  private static @Nullable Path writable(String option, @Nullable String value) {
    if (value == null) {
      return null;
    }
    try {
      Path file = Path.of(value);
      boolean there = Files.exists(file);
      if (value.isEmpty() || Files.isDirectory(file)) {
        throw unwritable(option, value, null);
      }
      Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
      if (!there) {
        Files.delete(file);
      }
      return file;
    } catch (InvalidPathException | IOException e) {
      throw unwritable(option, value, e);
    }
  }

  private static IllegalArgumentException unwritable(
      String option, String value, @Nullable Exception cause) {
    return new IllegalArgumentException(
        option + ": " + value + " (expected: a file that can be written)", cause);
  }
}
