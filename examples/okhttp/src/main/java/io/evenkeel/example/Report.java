package io.evenkeel.example;

import org.jspecify.annotations.Nullable;

final class Report {
  private Report() {}

  static String of(Settings settings, Figures ours, @Nullable Figures baseline) {
    return "";
  }
}
