package io.evenkeel.lb.strategy;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Chooses as another selector does, and carries what the next selector has to know.
 *
 * @param <S> which is of a type that only the strategy has which made this
 */
record Carrier<S>(Selector chooser, S state) implements Selector {
  /** The selector before, if it carries this; or null. */
  static <S> @Nullable Carrier<S> from(@Nullable Selector previous, Class<S> type) {
    return previous instanceof Carrier<?> carrier && type.isInstance(carrier.state)
        ? new Carrier<>(carrier.chooser, type.cast(carrier.state))
        : null;
  }

  @Override
  public @Nullable Node select(RequestContext context) {
    return chooser.select(context);
  }

  @Override
  public @Nullable Node explain(RequestContext context, Consumer<String> why) {
    return chooser.explain(context, why);
  }
}
