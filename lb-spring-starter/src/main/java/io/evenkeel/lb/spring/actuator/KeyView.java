package io.evenkeel.lb.spring.actuator;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Explanation;
import io.evenkeel.lb.RequestContext;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * Where requests with a key would go now.
 *
 * @param choices the first attempt's endpoint, then that of each further one
 */
record KeyView(String service, String key, String strategy, List<Choice> choices)
    implements OperationResponseBody {
  private static final int MOST = 5;

  /**
   * An endpoint and what the strategy has to say of it. A strategy that draws lots says something
   * else each time.
   */
  record Choice(String endpoint, List<String> why) {}

  static KeyView of(Balancer balancer, String key, long affinity) {
    Set<String> tried = new HashSet<>();
    RequestContext context =
        new RequestContext() {
          @Override
          public long affinity() {
            return affinity;
          }

          @Override
          public boolean tried(Endpoint endpoint) {
            return tried.contains(endpoint.id());
          }
        };
    List<Choice> choices = new ArrayList<>();
    Explanation explanation = balancer.explain(context);
    String strategy = Printed.line(explanation.strategy());
    Endpoint choice = explanation.choice();
    while (choice != null && choices.size() < MOST && tried.add(choice.id())) {
      choices.add(new Choice(choice.id(), explanation.why().stream().map(Printed::line).toList()));
      explanation = balancer.explain(context);
      choice = explanation.choice();
    }
    return new KeyView(balancer.name(), Printed.line(key), strategy, choices);
  }
}
