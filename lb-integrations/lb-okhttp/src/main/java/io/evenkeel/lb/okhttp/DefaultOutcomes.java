package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.Outcome;
import okhttp3.Response;

/** Judges by the class of the status. */
enum DefaultOutcomes implements OutcomeClassifier {
  INSTANCE;

  @Override
  public Outcome classify(Response response) {
    int code = response.code();
    if (code == 429) {
      return Outcome.REJECTED;
    }
    return code >= 500 ? Outcome.FAILURE : Outcome.SUCCESS;
  }

  @Override
  public String toString() {
    return "OutcomeClassifier.ofDefaults()";
  }
}
