package io.evenkeel.lb.spring;

import io.evenkeel.lb.Lease;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.Outcomes;
import io.evenkeel.lb.http.HttpSemantics;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpResponse;

/**
 * A response whose request is in flight until it is closed, and whose body must be over by the
 * deadline of its call, unless it is endless.
 */
final class BalancedResponse implements ClientHttpResponse {
  /** How much is skipped at once at most. */
  private static final int SKIPPED = 8192;

  private final ClientHttpResponse response;
  private final int status;
  private final Lease lease;
  private volatile Outcome outcome;
  private volatile boolean readToItsEnd;
  private volatile @Nullable BodyLimit limit;

  private BalancedResponse(ClientHttpResponse response, int status, Lease lease) {
    this.response = response;
    this.status = status;
    this.lease = lease;
    this.outcome = HttpSemantics.outcome(status);
  }

  /** Closes the response if it has no status. */
  static BalancedResponse of(ClientHttpResponse response, Lease lease) throws IOException {
    try {
      return new BalancedResponse(response, response.getStatusCode().value(), lease);
    } catch (IOException | RuntimeException e) {
      response.close();
      throw e;
    }
  }

  int status() {
    return status;
  }

  /** What is known so far: the status, whether the body broke, and whose fault it was if late. */
  Outcome outcome() {
    BodyLimit limited = limit;
    if (limited == null || !limited.isOver() || outcome.isFailure()) {
      return outcome;
    }
    return limited.wasAwaited() ? Outcome.TIMEOUT : Outcome.CANCELLED;
  }

  /** It is what the caller gets, though it may be a failure. */
  BalancedResponse delivered(RequestFacts call) {
    boolean endless = HttpSemantics.isEndless(getHeaders().getFirst(HttpHeaders.CONTENT_TYPE));
    readToItsEnd = !endless;
    if (!endless && getHeaders().getContentLength() != 0) {
      limit = new BodyLimit(response, call);
    }
    if (outcome.isFailure()) {
      long wish = HttpOutcomes.wishNanos(status, getHeaders());
      if (wish > 0) {
        lease.node().pushback(wish);
      }
    }
    return this;
  }

  @Override
  public HttpStatusCode getStatusCode() throws IOException {
    return response.getStatusCode();
  }

  @Override
  public String getStatusText() throws IOException {
    return response.getStatusText();
  }

  @Override
  public HttpHeaders getHeaders() {
    return response.getHeaders();
  }

  @Override
  public InputStream getBody() throws IOException {
    try {
      return new Body(response.getBody());
    } catch (IOException e) {
      throw broken(e);
    }
  }

  private IOException broken(IOException e) {
    Outcome seen = Outcomes.ofDefaults().of(e);
    // It has answered, so there was a connection.
    outcome = seen == Outcome.UNREACHABLE ? Outcome.FAILURE : seen;
    return e;
  }

  /** Clients read a body to its end for that. */
  @Override
  public void close() {
    BodyLimit limited = limit;
    try {
      if (limited != null) {
        limited.awaited(true);
        limited.check();
      }
      if (readToItsEnd) {
        response.close();
      } else {
        leave();
      }
    } catch (IOException late) {
      leave();
    } finally {
      if (limited != null) {
        limited.lift();
      }
      lease.end(outcome());
    }
  }

  void leave() {
    leave(response);
  }

  /**
   * Nobody will read its body, and nothing limits how long it takes to come: what is not there
   * already is not waited for. The connection is lost with it.
   */
  static void leave(ClientHttpResponse response) {
    try {
      InputStream body = response.getBody();
      long length = response.getHeaders().getContentLength();
      if (length < 0 || length > body.available()) {
        body.close();
      }
    } catch (IOException e) {
      // There is none to wait for.
    }
    response.close();
  }

  private final class Body extends FilterInputStream {
    Body(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      BodyLimit limited = limit;
      if (limited != null) {
        limited.awaited(true);
        limited.check();
      }
      int read;
      try {
        read = super.read(bytes, from, length);
      } catch (IOException | RuntimeException e) {
        throw failed(e);
      }
      if (limited != null) {
        limited.awaited(false);
        limited.check();
        if (read < 0) {
          limited.lift();
        }
      }
      return read;
    }

    /** By reading, which is what is limited. */
    @Override
    public long skip(long n) throws IOException {
      return n <= 0 ? 0 : Math.max(0, read(new byte[(int) Math.min(n, SKIPPED)]));
    }

    /** Some clients read a body to its end for that, too. */
    @Override
    public void close() throws IOException {
      BodyLimit limited = limit;
      if (limited != null) {
        limited.awaited(true);
      }
      try {
        super.close();
      } catch (IOException | RuntimeException e) {
        throw failed(e);
      } finally {
        if (limited != null) {
          limited.lift();
        }
      }
    }

    private IOException failed(Exception e) {
      BodyLimit limited = limit;
      if (limited != null && limited.isOver()) {
        return limited.late(e);
      }
      if (e instanceof IOException failure) {
        return broken(failure);
      }
      throw (RuntimeException) e;
    }
  }
}
