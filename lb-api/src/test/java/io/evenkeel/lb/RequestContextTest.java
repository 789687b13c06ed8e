package io.evenkeel.lb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RequestContextTest {
  @Test
  void aKeyEqualsOnlyItself() {
    RequestContext.Key<String> key = RequestContext.Key.of("tenant", String.class);

    assertThat(key).isNotEqualTo(RequestContext.Key.of("tenant", String.class));
    assertThat(key).hasToString("tenant");
  }

  @Test
  void aKeyCastsOnlyItsOwnType() {
    RequestContext.Key<CharSequence> key = RequestContext.Key.of("tenant", CharSequence.class);

    assertThat(key.cast("acme")).isEqualTo("acme");
    assertThatThrownBy(() -> key.cast(1)).isInstanceOf(ClassCastException.class);
  }

  @Test
  void ofNoneNothingIsKnown() {
    RequestContext none = RequestContext.none();

    assertThat(none.affinity()).isZero();
    assertThat(none.tried(Endpoint.of("a", 1))).isFalse();
    assertThat(none.get(RequestContext.Key.of("tenant", String.class))).isNull();
  }
}
