package io.evenkeel.lb.micrometer;

import io.evenkeel.lb.failover.FailoverException.Reason;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import java.util.Locale;

/**
 * What the observation of a call is called and what is noted with it. The methods here are the
 * default; others override what they want to have otherwise.
 *
 * <table>
 *   <caption>The default</caption>
 *   <tr><th>what</th><th>value</th></tr>
 *   <tr><td>name</td><td>{@code lb.call}; in traces {@code call} and the balancer</td></tr>
 *   <tr><td>balancer (low cardinality)</td><td>the name of the balancer</td></tr>
 *   <tr><td>result (low cardinality)</td><td>as of {@code lb.calls}: {@code done}, {@code failed}, or
 *       why it failed for good, such as {@code deadline}; {@code cancelled}; {@code unknown} while
 *       it is made</td></tr>
 *   <tr><td>attempts (high cardinality)</td><td>how many there were</td></tr>
 * </table>
 */
public interface CallObservationConvention extends ObservationConvention<CallObservationContext> {
  @Override
  default String getName() {
    return "lb.call";
  }

  @Override
  default String getContextualName(CallObservationContext context) {
    return "call " + context.balancer();
  }

  @Override
  default KeyValues getLowCardinalityKeyValues(CallObservationContext context) {
    String result = context.reason().map(Reason::name).orElse(withoutReason(context));
    return KeyValues.of("balancer", context.balancer(), "result", result.toLowerCase(Locale.ROOT));
  }

  private static String withoutReason(CallObservationContext context) {
    if (context.isCancelled()) {
      return "cancelled";
    }
    return !context.hasEnded() ? "unknown" : context.hasFailed() ? "failed" : "done";
  }

  @Override
  default KeyValues getHighCardinalityKeyValues(CallObservationContext context) {
    return KeyValues.of("attempts", Integer.toString(context.attempts()));
  }

  @Override
  default boolean supportsContext(Observation.Context context) {
    return context instanceof CallObservationContext;
  }
}
