package io.evenkeel.lb.spring.cloud;

import io.evenkeel.lb.spring.LoadBalancers;

/** Tells what the starter has put into clients from what others have. */
final class Ours {
  private Ours() {}

  /** Whether an interceptor or a filter balances as well. */
  static boolean is(Object filter) {
    return filter.getClass().getPackageName().equals(LoadBalancers.class.getPackageName());
  }
}
