package io.evenkeel.lb.spring.actuator;

import static java.lang.System.Logger.Level.WARNING;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.evenkeel.lb.spring.actuator.Services.Picture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import tools.jackson.databind.json.JsonMapper;

/**
 * Who watches the page. One thread looks at the services once a second for all of them, and only
 * while there are any. Thread-safe.
 *
 * <p>Viewers are sent away before web servers shut down, which would else wait for them.
 */
final class Viewers implements SmartLifecycle {
  static final int MOST = 16;
  static final String CONTENT_TYPE = "text/event-stream;charset=UTF-8";
  private static final long PERIOD_MILLIS = 1000;
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.spring");

  private final Services services;
  private final boolean writes;
  private final JsonMapper json =
      JsonMapper.builder()
          .changeDefaultPropertyInclusion(
              all -> all.withValueInclusion(JsonInclude.Include.NON_NULL))
          .build();
  private final ReentrantLock lock = new ReentrantLock();

  // Under the lock.
  private final List<Viewer> viewers = new ArrayList<>();
  private @Nullable ScheduledThreadPoolExecutor sampler;
  private @Nullable Frame latest;
  private boolean running;

  Viewers(Services services, boolean writes) {
    this.services = services;
    this.writes = writes;
  }

  /** Why a request to watch is refused; null if it is not. */
  static @Nullable Reply refusal(Asked asked) {
    if (!asked.method().equals("GET")) {
      return Reply.notAllowed("GET");
    }
    return asked.isFromElsewhere()
        ? Reply.text(403, "Pages of another origin cannot watch.")
        : null;
  }

  /** What those are told for whom there is no room. */
  Reply full() {
    return Reply.text(
        503,
        isRunning()
            ? "There are " + MOST + " viewers already, and no more can watch; close a page."
            : "The application starts or stops.");
  }

  /** Somebody who watches. Its methods must not block. */
  interface Viewer {
    /** The newest frame, which makes those before it superfluous. */
    void show(Frame frame);

    /** There will be no more. */
    void end();
  }

  /** Lets somebody watch; false if there is no room, or the application stops. */
  boolean join(Viewer viewer) {
    lock.lock();
    try {
      if (!running || viewers.size() >= MOST) {
        return false;
      }
      viewers.add(viewer);
      if (sampler == null) {
        sampler = newSampler();
      } else if (latest != null) {
        viewer.show(latest);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Somebody has gone, and may say so more than once. */
  void leave(Viewer viewer) {
    lock.lock();
    try {
      viewers.remove(viewer);
      if (viewers.isEmpty()) {
        stopSampler();
      }
    } finally {
      lock.unlock();
    }
  }

  /** How many watch. */
  int size() {
    lock.lock();
    try {
      return viewers.size();
    } finally {
      lock.unlock();
    }
  }

  private ScheduledThreadPoolExecutor newSampler() {
    ScheduledThreadPoolExecutor made =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(task, "evenkeel-page");
              thread.setDaemon(true);
              return thread;
            });
    var unused =
        made.scheduleWithFixedDelay(() -> look(made), 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    return made;
  }

  private void stopSampler() {
    if (sampler != null) {
      sampler.shutdownNow();
      sampler = null;
      latest = null;
    }
  }

  private void look(ScheduledThreadPoolExecutor mine) {
    try {
      Picture picture = services.picture();
      lock.lock();
      try {
        if (sampler == mine) {
          show(picture);
        }
      } finally {
        lock.unlock();
      }
    } catch (RuntimeException e) {
      // The next look may succeed; a task that throws is not run again.
      LOG.log(WARNING, "the page cannot be brought up to date", e);
    }
  }

  private void show(Picture picture) {
    Frame before = latest;
    Frame frame =
        new Frame(
            before == null ? 1 : before.number() + 1,
            before == null ? null : before.picture(),
            picture,
            () -> services.histories(picture),
            writes,
            json);
    latest = frame;
    viewers.forEach(each -> each.show(frame));
  }

  @Override
  public void start() {
    lock.lock();
    try {
      running = true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void stop() {
    List<Viewer> all;
    lock.lock();
    try {
      running = false;
      stopSampler();
      all = List.copyOf(viewers);
      viewers.clear();
    } finally {
      lock.unlock();
    }
    all.forEach(Viewer::end);
  }

  @Override
  public boolean isRunning() {
    lock.lock();
    try {
      return running;
    } finally {
      lock.unlock();
    }
  }

  /** The first to stop. */
  @Override
  public int getPhase() {
    return Integer.MAX_VALUE;
  }
}
