package io.evenkeel.lb.okhttp;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.http.HttpSemantics;
import okhttp3.Response;

/** Judges by the class of the status. */
enum DefaultOutcomes implements OutcomeClassifier {
  INSTANCE;

  @Override
  public Outcome classify(Response response) {
    return HttpSemantics.outcome(response.code());
  }

  @Override
  public String toString() {
    return "OutcomeClassifier.ofDefaults()";
  }
}
