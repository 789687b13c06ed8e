package io.evenkeel.lb.servlet;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.PrintWriter;

/** Reports once more when the body begins, which may be long after the request came. */
final class ReportingResponse extends HttpServletResponseWrapper {
  private final HttpServletResponse response;
  private final Work work;

  ReportingResponse(HttpServletResponse response, Work work) {
    super(response);
    this.response = response;
    this.work = work;
  }

  @Override
  public ServletOutputStream getOutputStream() throws IOException {
    report();
    return super.getOutputStream();
  }

  @Override
  public PrintWriter getWriter() throws IOException {
    report();
    return super.getWriter();
  }

  @Override
  public void flushBuffer() throws IOException {
    report();
    super.flushBuffer();
  }

  @Override
  public void sendError(int code, String message) throws IOException {
    report();
    super.sendError(code, message);
  }

  @Override
  public void sendError(int code) throws IOException {
    report();
    super.sendError(code);
  }

  @Override
  public void sendRedirect(String location) throws IOException {
    report();
    super.sendRedirect(location);
  }

  @Override
  public void reset() {
    super.reset();
    report();
  }

  private void report() {
    if (!isCommitted()) {
      work.report(response);
    }
  }
}
