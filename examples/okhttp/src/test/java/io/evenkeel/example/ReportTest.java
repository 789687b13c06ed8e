package io.evenkeel.example;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.example.Figures.Change;
import io.evenkeel.example.Figures.Mark;
import io.evenkeel.example.Figures.OfEndpoint;
import io.evenkeel.example.Figures.Slice;
import io.evenkeel.lb.health.HealthState;
import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class ReportTest {
  private static final String HOSTILE = "\"></text><script>alert('1')</script>&amp;\u0000\ud800";

  private final Settings settings = Settings.of("default", null, "500", "10", "1", null, null);

  @Test
  void isWellFormedAndHasAChartForEachQuestion() throws Exception {
    Document page = parse(Report.of(settings, figures("default"), figures("round-robin")));
    assertThat(page.getElementsByTagName("svg").getLength()).isEqualTo(3);
    assertThat(page.getElementsByTagName("path").getLength()).isEqualTo(4);
    assertThat(page.getElementsByTagName("polygon").getLength()).isEqualTo(4);
    assertThat(page.getElementsByTagName("li").getLength()).isGreaterThan(4);
    assertThat(page.getDocumentElement().getTextContent())
        .contains("1server-2 ten times slower at 1.0 s")
        .doesNotContain("NaN");
  }

  @Test
  void anIdCannotBreakOutOfItsPlace() throws Exception {
    Document page = parse(Report.of(settings, figures("default"), figures("round-robin")));
    assertThat(page.getElementsByTagName("script").getLength()).isZero();
    assertThat(page.getDocumentElement().getTextContent()).contains("<script>alert('1')</script>");
  }

  @Test
  void needsNothingFromElsewhere() throws Exception {
    assertThat(Report.of(settings, figures("default"), figures("round-robin")))
        .doesNotContain("://", "src=", "href=", "url(", "@import");
  }

  @Test
  void aRunWithoutBaselineOrSuccessIsAReportToo() throws Exception {
    Slice slice = new Slice(0, 1, Double.NaN, Double.NaN, List.of(0L), 3);
    Figures nothing =
        new Figures(
            "default",
            1,
            3,
            0,
            0,
            Double.NaN,
            Double.NaN,
            Double.NaN,
            List.of(new OfEndpoint("a", 0, 0, 0, Double.NaN, Double.NaN)),
            List.of(slice),
            List.of(),
            List.of(),
            List.of(),
            null);
    Document page = parse(Report.of(settings, nothing, null));
    assertThat(page.getDocumentElement().getTextContent())
        .contains("No request succeeded")
        .doesNotContain("NaN");
  }

  private static Figures figures(String strategy) {
    return new Figures(
        strategy,
        3,
        300,
        290,
        0,
        10,
        20,
        30,
        List.of(
            new OfEndpoint(HOSTILE, 150, 145, 0.5, 10, 20),
            new OfEndpoint("server-2", 150, 145, 0.5, 10, 20)),
        List.of(
            new Slice(0, 1, 10, 20, List.of(50L, 50L), 0),
            new Slice(1, 2, Double.NaN, Double.NaN, List.of(0L, 0L), 10),
            new Slice(2, 3, 11, 120, List.of(100L, 100L), 0)),
        List.of(new Mark(1, "server-2", Fault.Kind.SLOW), new Mark(2, HOSTILE, Fault.Kind.KILL)),
        List.of(
            new Change(2.01, HOSTILE, HealthState.DOWN, "refused"),
            new Change(2.5, HOSTILE, HealthState.UP, "")),
        List.of(),
        null);
  }

  private static Document parse(String page) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(page)));
  }
}
