package io.evenkeel.lb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class EndpointSetTest {
  @Test
  void spellingsOfOneEndpointBecomeOne() {
    EndpointSet set =
        EndpointSet.of(
            Endpoint.of("A.example.", 80),
            Endpoint.of("a.EXAMPLE", 80),
            Endpoint.of("[::1]", 80),
            Endpoint.of("0:0::1", 80),
            Endpoint.of("::ffff:10.0.0.1", 80),
            Endpoint.of("10.0.0.1", 80));

    assertThat(set.endpoints())
        .containsExactly(
            Endpoint.of("10.0.0.1", 80), Endpoint.of("::1", 80), Endpoint.of("a.example", 80));
  }

  @Test
  void oneIdWithTwoSetsOfFactsIsAnErrorThatNamesBoth() {
    assertThatThrownBy(
            () ->
                EndpointSet.of(
                    Endpoint.builder("a", 80).weight(2).build(),
                    Endpoint.of("b", 80),
                    Endpoint.of("a", 80)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "endpoints: a:80{weight=2.0} and a:80 (expected: one set of facts for id \"a:80\")");
  }

  @Test
  void thereAreAtMost50000() {
    List<Endpoint> most = endpoints(EndpointSet.MAX_ENDPOINTS);
    List<Endpoint> tooMany = endpoints(EndpointSet.MAX_ENDPOINTS + 1);
    List<Endpoint> twice = new ArrayList<>(most);
    twice.addAll(most);

    assertThat(EndpointSet.of(most).size()).isEqualTo(50_000);
    assertThat(EndpointSet.of(twice)).isEqualTo(EndpointSet.of(most));
    assertThatThrownBy(() -> EndpointSet.of(tooMany))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("endpoints: 50001 (expected: at most 50000)");
  }

  @Test
  void anEmptySetIsMeantOnlyIfItSaysSo() {
    assertThat(EndpointSet.of()).isEqualTo(EndpointSet.of(List.of())).hasToString("[]");
    assertThat(EndpointSet.of().isNone()).isFalse();
    assertThat(EndpointSet.none().isNone()).isTrue();
    assertThat(EndpointSet.none().isEmpty()).isTrue();
    assertThat(EndpointSet.none()).isNotEqualTo(EndpointSet.of()).hasToString("none");
  }

  @Test
  void aLongSetIsShownInShort() {
    assertThat(EndpointSet.of(endpoints(10)).toString())
        .contains("10.0.0.9:80")
        .doesNotContain("more");
    assertThat(EndpointSet.of(endpoints(11))).hasToString("[10.0.0.0:80, ... 10 more]");
  }

  @Test
  void itsListCannotBeChanged() {
    List<Endpoint> given = new ArrayList<>(endpoints(2));
    EndpointSet set = EndpointSet.of(given);
    given.clear();

    assertThat(set.size()).isEqualTo(2);
    assertThatThrownBy(() -> set.endpoints().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Property
  void orderAndRepetitionDoNotMatter(
      @ForAll @Size(max = 30) List<@IntRange(max = 20) Integer> numbers, @ForAll long seed) {
    List<Endpoint> given =
        new ArrayList<>(numbers.stream().map(EndpointSetTest::endpoint).toList());
    EndpointSet set = EndpointSet.of(given);
    given.addAll(List.copyOf(given));
    Collections.shuffle(given, new Random(seed));

    assertThat(EndpointSet.of(given)).isEqualTo(set).hasSameHashCodeAs(set);
    assertThat(set.endpoints()).doesNotHaveDuplicates().containsAll(given);
    assertThat(set.endpoints()).isSortedAccordingTo(Comparator.comparing(Endpoint::id));
  }

  private static List<Endpoint> endpoints(int count) {
    return IntStream.range(0, count).mapToObj(EndpointSetTest::endpoint).toList();
  }

  private static Endpoint endpoint(int i) {
    return Endpoint.of("10.0." + (i >> 8) + "." + (i & 0xff), 80);
  }
}
