package io.evenkeel.lb;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class OutcomeTest {
  @ParameterizedTest
  @CsvSource({
    "SUCCESS,     false, false",
    "FAILURE,     true,  false",
    "REJECTED,    true,  true",
    "TIMEOUT,     true,  false",
    "UNREACHABLE, true,  true",
    "CANCELLED,   false, false",
  })
  void whatCountsAgainstAnEndpointAndWhatMayBeRepeated(
      Outcome outcome, boolean failure, boolean unprocessed) {
    assertThat(outcome.isFailure()).isEqualTo(failure);
    assertThat(outcome.isUnprocessed()).isEqualTo(unprocessed);
  }

  @ParameterizedTest
  @EnumSource
  void onlyAFailureCanBeUnprocessed(Outcome outcome) {
    assertThat(outcome.isUnprocessed() && !outcome.isFailure()).isFalse();
  }
}
