package io.evenkeel.lb.servlet;

import io.evenkeel.lb.Ticker;
import io.evenkeel.lb.report.LatencyByLoad;
import io.evenkeel.lb.report.OrcaReport;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Reports with each response how many requests this server has in flight and how long it takes to
 * answer one, in the header {@value OrcaReport#HEADER}:
 *
 * <pre>
 * endpoint-load-metrics: TEXT named_metrics.in_flight=7,named_metrics.latency_ms=12.345
 * </pre>
 *
 * <p>In flight are the requests that have come to the filter and are not finished, the one that is
 * answered included; asynchronous ones are finished when they are completed. It is the count at the
 * time when the body begins, or when the filter is left if the response is still in its buffer
 * then; headers cannot be written later. The latency is the mean over recent requests that found
 * about as many in flight ({@link LatencyByLoad}), left out before there was one. Each filter
 * counts for itself, so there should be one, before all others, for all paths; it must support
 * asynchronous requests if what is behind it starts any. Forwards, includes, and dispatches of
 * asynchronous requests and errors are not counted again.
 *
 * <p>With the init parameter {@value #PROBE_PATH}, such as {@code /load}, the filter itself answers
 * requests for this path of the application, with status 204 and the report; they are not counted.
 *
 * <p>The header tells of the load to whoever may send requests. Have the proxy at the edge remove
 * it from what goes to strangers.
 */
public final class LoadReportFilter implements Filter {
  /** The init parameter that names the path of probes. */
  public static final String PROBE_PATH = "probePath";

  private static final String COUNTED = LoadReportFilter.class.getName() + ".counted";

  private final Ticker ticker;
  private final Work work = new Work();
  private @Nullable String probePath;

  /** A filter that has counted nothing yet. */
  public LoadReportFilter() {
    this(Ticker.system());
  }

  LoadReportFilter(Ticker ticker) {
    this.ticker = ticker;
  }

  /**
   * Takes the init parameter.
   *
   * @throws ServletException if the path of probes does not begin with a slash
   */
  @Override
  public void init(FilterConfig config) throws ServletException {
    String path = config.getInitParameter(PROBE_PATH);
    if (path != null && !path.startsWith("/")) {
      throw new ServletException(PROBE_PATH + ": " + path + " (expected: a path from / on)");
    }
    probePath = path;
  }

  @Override
  public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    if (request instanceof HttpServletRequest asked
        && response instanceof HttpServletResponse answer) {
      if (probePath != null && probePath.equals(path(asked))) {
        work.report(answer);
        answer.setStatus(HttpServletResponse.SC_NO_CONTENT);
      } else if (asked.getAttribute(COUNTED) != null) {
        again(asked, answer, chain);
      } else {
        count(asked, answer, chain);
      }
    } else {
      chain.doFilter(request, response);
    }
  }

  private static String path(HttpServletRequest request) {
    return request.getRequestURI().substring(request.getContextPath().length());
  }

  /** A dispatch of a request that is counted. That of an error comes with a response made empty. */
  private void again(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    switch (request.getDispatcherType()) {
      case ERROR, ASYNC -> chain.doFilter(request, new ReportingResponse(response, work));
      default -> chain.doFilter(request, response);
    }
  }

  private void count(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    request.setAttribute(COUNTED, true);
    InHand inHand = new InHand(ticker.read(), work.began());
    try {
      // Of an asynchronous request, this may be all that is left to write to.
      work.report(response);
      chain.doFilter(request, new ReportingResponse(response, work));
      if (!request.isAsyncStarted() && !response.isCommitted()) {
        work.report(response);
      }
    } finally {
      if (request.isAsyncStarted()) {
        request.getAsyncContext().addListener(inHand);
      } else {
        inHand.end();
      }
    }
  }

  @Override
  public String toString() {
    return "LoadReportFilter[" + work + ", probePath=" + probePath + "]";
  }

  /** A request that is counted, until it ends, once. */
  private final class InHand implements AsyncListener {
    private final long begunAt;
    private final int found;
    private final AtomicBoolean ended = new AtomicBoolean();

    InHand(long begunAt, int found) {
      this.begunAt = begunAt;
      this.found = found;
    }

    void end() {
      if (ended.compareAndSet(false, true)) {
        work.ended(found, ticker.read() - begunAt);
      }
    }

    @Override
    public void onComplete(AsyncEvent event) {
      end();
    }

    @Override
    public void onTimeout(AsyncEvent event) {
      // It is completed after that, in one way or another.
    }

    @Override
    public void onError(AsyncEvent event) {
      // It is completed after that, too.
    }

    /** Started once more, after a dispatch: listeners have to be added again. */
    @Override
    public void onStartAsync(AsyncEvent event) {
      event.getAsyncContext().addListener(this);
    }
  }
}
