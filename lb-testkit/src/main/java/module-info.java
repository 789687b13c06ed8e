/** Virtual time, contract tests for every SPI, and a simulator of clients and servers. */
module io.evenkeel.lb.testkit {
  requires transitive io.evenkeel.lb;
  requires transitive HdrHistogram;
  requires static transitive org.jspecify;
  requires transitive org.junit.jupiter.api;
  requires java.logging;
  requires java.management;
  requires jdk.management;
  requires org.assertj.core;

  exports io.evenkeel.lb.testkit;
  exports io.evenkeel.lb.testkit.cluster;
  exports io.evenkeel.lb.testkit.rig;

  provides org.junit.jupiter.api.extension.Extension with
      io.evenkeel.lb.testkit.RepeatAfterStandstill;
}
