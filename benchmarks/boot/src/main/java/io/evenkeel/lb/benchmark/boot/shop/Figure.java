package io.evenkeel.lb.benchmark.boot.shop;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/** A number that one process tells another, as a line of text. */
public final class Figure {
  private static final String MARK = "figure ";

  private Figure() {}

  static void print(String name, double value) {
    System.out.println(MARK + name + ' ' + value);
  }

  /** All that a process has told, in the order in which it did; other lines are passed over. */
  public static Map<String, Double> read(Stream<String> lines) {
    Map<String, Double> figures = new LinkedHashMap<>();
    lines
        .filter(line -> line.startsWith(MARK))
        .map(line -> line.split(" ", -1))
        .forEach(words -> figures.put(words[1], Double.valueOf(words[2])));
    return figures;
  }
}
