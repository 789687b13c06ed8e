package io.evenkeel.lb.spring;

import static java.lang.System.Logger.Level.WARNING;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;

/**
 * Takes over what has changed under {@code evenkeel} when Spring Cloud says that the environment
 * has changed, as after {@code POST /actuator/refresh}: see {@link LoadBalancers#refresh}. What is
 * refused is logged, and the application goes on as before.
 */
@AutoConfiguration(after = EvenkeelAutoConfiguration.class)
@ConditionalOnClass(EnvironmentChangeEvent.class)
@ConditionalOnBean(LoadBalancers.class)
public final class EnvironmentChangeAutoConfiguration {
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.spring");

  EnvironmentChangeAutoConfiguration() {}

  /**
   * Whatever keys have changed, since a property of ours may be made of another one, whose key is
   * all that the event has; where nothing has changed in the end, nothing is done.
   */
  @Bean
  ApplicationListener<EnvironmentChangeEvent> evenkeelEnvironmentListener(
      ObjectProvider<LoadBalancers> balancers) {
    return new Listener(balancers);
  }

  /** Not a lambda: Spring has to see what it listens to. */
  private record Listener(ObjectProvider<LoadBalancers> balancers)
      implements ApplicationListener<EnvironmentChangeEvent> {
    @Override
    public void onApplicationEvent(EnvironmentChangeEvent event) {
      try {
        var unused = balancers.getObject().refresh();
      } catch (RuntimeException e) {
        LOG.log(WARNING, "balancers stay as they are", e);
      }
    }
  }
}
