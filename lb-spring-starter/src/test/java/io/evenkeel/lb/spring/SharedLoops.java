package io.evenkeel.lb.spring;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.http.client.ReactorResourceFactory;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/**
 * Reactor Netty's event loops and connections, which outlive the contexts of tests: to end them
 * takes two seconds of quiet, and where that is shortened connections now and then outlive their
 * event loops, so that whoever waits for them waits for ever.
 */
@AutoConfiguration(
    before = {
      NettyReactiveWebServerAutoConfiguration.class,
      ReactiveHttpClientAutoConfiguration.class
    })
@ConditionalOnClass(HttpClient.class)
public class SharedLoops {
  private static final LoopResources LOOPS = LoopResources.create("tests");
  private static final ConnectionProvider CONNECTIONS = ConnectionProvider.create("tests", 500);

  @Bean
  ReactorResourceFactory sharedReactorResources() {
    ReactorResourceFactory shared = new ReactorResourceFactory();
    shared.setUseGlobalResources(false);
    shared.setLoopResources(LOOPS);
    shared.setConnectionProvider(CONNECTIONS);
    return shared;
  }
}
