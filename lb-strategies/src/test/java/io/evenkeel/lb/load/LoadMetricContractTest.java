package io.evenkeel.lb.load;

import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.testkit.LoadMetricContract;
import org.junit.jupiter.api.Nested;

/** Every metric keeps the contract. */
class LoadMetricContractTest {
  @Nested
  class InFlightContract extends LoadMetricContract {
    @Override
    protected LoadMetric metric() {
      return LoadMetric.inFlight();
    }
  }

  @Nested
  class PeakEwmaContract extends LoadMetricContract {
    @Override
    protected LoadMetric metric() {
      return PeakEwma.ofDefaults();
    }
  }

  @Nested
  class EwmaContract extends LoadMetricContract {
    @Override
    protected LoadMetric metric() {
      return Ewma.ofDefaults();
    }

    @Override
    protected boolean countsRequests() {
      return false;
    }
  }
}
