package io.evenkeel.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.example.Figures.OfEndpoint;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonTest {
  @Test
  void hasTheFiguresOfBothRuns() {
    Figures ours =
        new Figures(
            "default",
            1,
            3,
            2,
            0,
            10.5,
            20,
            30.25,
            List.of(new OfEndpoint("server-1", 3, 2, 1, 10.5, 20)),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            null);
    Figures baseline =
        new Figures(
            "round-robin",
            1,
            1,
            0,
            0,
            Double.NaN,
            Double.NaN,
            Double.NaN,
            List.of(new OfEndpoint("server-1", 1, 0, 1, Double.NaN, Double.NaN)),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            null);
    assertThat(Json.of(ours, baseline))
        .isEqualTo(
            """
            {
              "strategy": "default",
              "requests": 3,
              "succeeded": 2,
              "failed": 1,
              "p50Millis": 10.5,
              "p99Millis": 20.0,
              "p999Millis": 30.25,
              "endpoints": [
                {"id": "server-1", "requests": 3, "succeeded": 2, "share": 1.0, "p99Millis": 20.0}
              ],
              "baseline": {
                "strategy": "round-robin",
                "requests": 1,
                "succeeded": 0,
                "failed": 1,
                "p50Millis": null,
                "p99Millis": null,
                "p999Millis": null,
                "endpoints": [
                  {"id": "server-1", "requests": 1, "succeeded": 0, "share": 1.0, "p99Millis": null}
                ]
              }
            }
            """);
  }

  @Test
  void aBaselineThatDidNotRunIsNull() {
    Figures ours =
        new Figures(
            "x", 1, 0, 0, 0, 1, 1, 1, List.of(), List.of(), List.of(), List.of(), List.of(), null);
    assertThat(Json.of(ours, null)).contains("\"baseline\": null");
  }

  @Test
  void whateverIsInAnIdStaysInItsString() {
    assertThat(Json.quote("a\"b\\c\n\u0000\u2028é"))
        .isEqualTo("\"a\\\"b\\\\c\\u000a\\u0000\\u2028\\u00e9\"");
  }
}
