package io.evenkeel.lb.benchmark.peer;

import static java.util.Objects.requireNonNull;

import com.linecorp.armeria.client.ClientRequestContext;
import com.linecorp.armeria.client.Endpoint;
import com.linecorp.armeria.client.endpoint.EndpointGroup;
import com.linecorp.armeria.client.endpoint.EndpointSelectionStrategy;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Armeria: {@code selectNow} of a static group. It looks at no load. */
final class ArmeriaPeer implements Chooser {
  private final ClientRequestContext context = context("/");
  private final EndpointGroup group;

  ArmeriaPeer(EndpointSelectionStrategy strategy, int[] weights) {
    List<Endpoint> members = new ArrayList<>();
    for (int i = 0; i < weights.length; i++) {
      members.add(Endpoint.of("10.0.0.1", 1 + i).withWeight(weights[i]));
    }
    group = EndpointGroup.of(strategy, members);
  }

  /**
   * Weighted round robin that begins each endpoint with a tenth of its weight. The weights are
   * times 1000, its default weight, or else the tenths of small ones would be all the same.
   */
  static Chooser rampingUp(int[] weights) {
    return new ArmeriaPeer(
        EndpointSelectionStrategy.rampingUp(),
        Arrays.stream(weights).map(weight -> 1000 * weight).toArray());
  }

  /** By the hash of the path, which the text has computed once. */
  static Chooser sticky(int[] weights) {
    ArmeriaPeer peer =
        new ArmeriaPeer(
            EndpointSelectionStrategy.sticky(context -> context.path().hashCode()), weights);
    Keys<ClientRequestContext> keys = new Keys<>(key -> context("/" + key));
    return key -> peer.choose(keys.get(key));
  }

  @Override
  public int choose(long key) {
    return choose(context);
  }

  private int choose(ClientRequestContext request) {
    return requireNonNull(group.selectNow(request)).port() - 1;
  }

  private static ClientRequestContext context(String path) {
    return ClientRequestContext.of(HttpRequest.of(HttpMethod.GET, path));
  }
}
