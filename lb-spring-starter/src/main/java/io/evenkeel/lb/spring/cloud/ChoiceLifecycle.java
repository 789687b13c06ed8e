package io.evenkeel.lb.spring.cloud;

import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.spring.ServiceAccess;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.CompletionContext;
import org.springframework.cloud.client.loadbalancer.LoadBalancerLifecycle;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.client.loadbalancer.ResponseData;

/**
 * Hears from Spring Cloud when a request is sent and how it ends. A response of any status is a
 * success there. Thread-safe.
 */
final class ChoiceLifecycle implements LoadBalancerLifecycle<Object, Object, ServiceInstance> {
  @Override
  public void onStart(Request<Object> request) {
    // The balancer has not been asked yet.
  }

  @Override
  public void onStartRequest(Request<Object> request, Response<ServiceInstance> response) {
    ChosenInstance chosen = chosen(response);
    if (chosen != null) {
      chosen.begin();
    }
  }

  @Override
  public void onComplete(CompletionContext<Object, ServiceInstance, Object> completed) {
    ChosenInstance chosen = chosen(completed.getLoadBalancerResponse());
    if (chosen != null) {
      chosen.end(lease -> end(lease, completed));
    }
  }

  private static @Nullable ChosenInstance chosen(@Nullable Response<ServiceInstance> response) {
    return response != null && response.getServer() instanceof ChosenInstance chosen
        ? chosen
        : null;
  }

  private static void end(
      Lease lease, CompletionContext<Object, ServiceInstance, Object> completed) {
    Throwable thrown = completed.getThrowable();
    if (thrown != null) {
      ServiceAccess.end(lease, thrown);
    } else if (completed.status() != CompletionContext.Status.SUCCESS) {
      lease.end(Outcome.CANCELLED);
    } else if (completed.getClientResponse() instanceof ResponseData response
        && response.getHttpStatus() != null) {
      ServiceAccess.end(lease, response.getHttpStatus(), response.getHeaders());
    } else {
      lease.end(Outcome.SUCCESS);
    }
  }
}
