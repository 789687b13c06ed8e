package io.evenkeel.lb.spring.actuator;

import io.evenkeel.lb.spring.actuator.Viewers.Viewer;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.security.Principal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.web.HttpRequestHandler;

/** The page on a servlet container. */
final class ServletPage {
  private ServletPage() {}

  /** What answers at each path below that of the endpoint. */
  static Map<String, HttpRequestHandler> handlers(Viewers viewers, OrderDesk desk) {
    Map<String, HttpRequestHandler> handlers = new LinkedHashMap<>();
    PageFiles.all()
        .forEach(
            (path, file) ->
                handlers.put(
                    path,
                    (request, response) ->
                        write(PageFiles.read(new Request(request), file), response)));
    handlers.put(PageFiles.EVENTS, (request, response) -> watch(viewers, request, response));
    handlers.put(
        PageFiles.ORDER,
        (request, response) -> {
          Asked asked = new Request(request);
          Reply refusal = desk.refusal(asked);
          write(
              refusal != null
                  ? refusal
                  : desk.give(asked, request.getInputStream().readNBytes(OrderDesk.MAX_BODY + 1)),
              response);
        });
    return handlers;
  }

  private record Request(HttpServletRequest request) implements Asked {
    @Override
    public String method() {
      return request.getMethod();
    }

    @Override
    public @Nullable String header(String name) {
      return request.getHeader(name);
    }

    @Override
    public @Nullable String user() {
      Principal user = request.getUserPrincipal();
      return user == null ? null : user.getName();
    }
  }

  private static void write(Reply reply, HttpServletResponse response) throws IOException {
    response.setStatus(reply.status());
    Reply.HEADERS.forEach(response::setHeader);
    reply.more().forEach(response::setHeader);
    response.setContentType(reply.contentType());
    byte[] body = reply.bytes();
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }

  private static void watch(
      Viewers viewers, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Reply refusal = Viewers.refusal(new Request(request));
    if (refusal != null) {
      write(refusal, response);
      return;
    }
    Watching watching = new Watching(viewers);
    if (!viewers.join(watching)) {
      write(viewers.full(), response);
      return;
    }
    try {
      Reply.HEADERS.forEach(response::setHeader);
      response.setContentType(Viewers.CONTENT_TYPE);
      AsyncContext async = request.startAsync();
      async.setTimeout(0);
      watching.start(async);
    } catch (RuntimeException e) {
      viewers.leave(watching);
      throw e;
    }
  }

  /** A viewer with a thread of its own, since to write to one that is slow blocks. */
  private static final class Watching implements Viewer {
    private final Viewers viewers;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // Under the lock.
    private @Nullable Frame newest;
    private boolean over;

    Watching(Viewers viewers) {
      this.viewers = viewers;
    }

    @Override
    public void show(Frame frame) {
      lock.lock();
      try {
        newest = frame;
        changed.signal();
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void end() {
      lock.lock();
      try {
        over = true;
        changed.signal();
      } finally {
        lock.unlock();
      }
    }

    void start(AsyncContext async) {
      Thread thread = new Thread(() -> run(async), "evenkeel-page-viewer");
      thread.setDaemon(true);
      thread.start();
    }

    private void run(AsyncContext async) {
      try {
        OutputStream out = async.getResponse().getOutputStream();
        long seen = Frame.NOTHING;
        for (Frame frame = next(seen); frame != null; frame = next(seen)) {
          out.write(frame.since(seen));
          out.flush();
          seen = frame.number();
        }
      } catch (IOException | IllegalStateException e) {
        // It has gone.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        viewers.leave(this);
        complete(async);
      }
    }

    private static void complete(AsyncContext async) {
      try {
        async.complete();
      } catch (IllegalStateException e) {
        // The container has found out, too, that it has gone.
      }
    }

    /** The newest frame as soon as it is another; null when there will be none. */
    private @Nullable Frame next(long seen) throws InterruptedException {
      lock.lock();
      try {
        while (!over && (newest == null || newest.number() == seen)) {
          changed.await();
        }
        return over ? null : newest;
      } finally {
        lock.unlock();
      }
    }
  }
}
