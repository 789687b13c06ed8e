package io.evenkeel.lb.grpc;

import io.evenkeel.lb.health.Verdict;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What comes of one call. */
final class Answer implements StreamObserver<HealthCheckResponse> {
  private static final int MOST_CAUSES = 10;

  private final CompletableFuture<Verdict> answer = new CompletableFuture<>();
  private final String service;
  private final Duration limit;
  private final Runnable broken;
  private volatile ServingStatus status = ServingStatus.UNKNOWN;

  /**
   * @param broken called if the channel should not be used again
   */
  Answer(String service, Duration limit, Runnable broken) {
    this.service = service;
    this.limit = limit;
    this.broken = broken;
  }

  CompletionStage<Verdict> stage() {
    return answer;
  }

  @Override
  public void onNext(HealthCheckResponse response) {
    status = response.getStatus();
  }

  /** Only now is it sure that the server meant it: a status may follow that is an error. */
  @Override
  public void onCompleted() {
    answer.complete(
        status == ServingStatus.SERVING
            ? Verdict.up(status.toString())
            : Verdict.down(status.toString()));
  }

  @Override
  public void onError(Throwable thrown) {
    Status failure = Status.fromThrowable(thrown);
    switch (failure.getCode()) {
      case NOT_FOUND ->
          answer.complete(Verdict.down("the server does not know the service \"" + service + "\""));
      case UNIMPLEMENTED ->
          answer.complete(Verdict.down("the server does not have the health checking protocol"));
      case DEADLINE_EXCEEDED -> fail(new IOException("no answer within " + limit, thrown));
      default -> fail(new IOException(reason(failure), thrown));
    }
  }

  private void fail(IOException why) {
    broken.run();
    answer.completeExceptionally(why);
  }

  /** What happened is at the end of the causes; the status may say only "io exception". */
  private static String reason(Status failure) {
    String reason = failure.getDescription();
    Throwable cause = failure.getCause();
    for (int depth = 0; cause != null && depth < MOST_CAUSES; depth++) {
      if (cause.getMessage() != null) {
        reason = cause.getMessage();
      }
      cause = cause.getCause();
    }
    return failure.getCode() + ": " + reason;
  }
}
