package io.evenkeel.lb.spring.actuator;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.evenkeel.lb.spring.actuator.ServiceView.EndpointView;
import io.evenkeel.lb.spring.actuator.Services.History;
import io.evenkeel.lb.spring.actuator.Services.Picture;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What viewers are sent at a moment: all of it, or what has changed since the frame before. The
 * text of either is made when the first viewer needs it, and once for all of them. Thread-safe.
 */
final class Frame {
  /** What a viewer has seen that was sent no frame. */
  static final long NOTHING = -1;

  /** Nothing has changed: keeps the connection alive, and finds out whether it is. */
  private static final byte[] HEARTBEAT = ": \n\n".getBytes(UTF_8);

  private final long number;
  private final Picture picture;
  private final Once whole;
  private final Once change;

  /**
   * A frame.
   *
   * @param number one more than that of the frame before
   * @param before null for the first
   */
  Frame(
      long number,
      @Nullable Picture before,
      Picture picture,
      Supplier<List<History>> histories,
      boolean writes,
      JsonMapper json) {
    this.number = number;
    this.picture = picture;
    this.whole =
        new Once(
            () ->
                text(
                    json,
                    "whole",
                    new Whole(
                        picture.span(),
                        picture.now(),
                        writes,
                        picture.services(),
                        histories.get())));
    this.change =
        new Once(
            () -> {
              List<ServiceChange> changes = changes(before, picture);
              boolean same = before != null && before.span() == picture.span();
              return changes.isEmpty() && same
                  ? HEARTBEAT
                  : text(json, "change", new Change(picture.span(), picture.now(), changes));
            });
  }

  /** Everything. */
  record Whole(
      long span,
      Instant now,
      boolean writes,
      List<ServiceView> services,
      List<History> histories) {}

  /** What is different. */
  record Change(long span, Instant now, List<ServiceChange> services) {}

  /**
   * A service of which something is different.
   *
   * @param service with the endpoints that are different and the events that are new
   * @param complete whether these are all endpoints
   */
  record ServiceChange(ServiceView service, boolean complete) {}

  long number() {
    return number;
  }

  Picture picture() {
    return picture;
  }

  /**
   * What to send to a viewer.
   *
   * @param seen the number of the last frame that it was sent
   */
  byte[] since(long seen) {
    return (seen == number - 1 ? change : whole).get();
  }

  private static byte[] text(JsonMapper json, String event, Object data) {
    return ("event: " + event + "\ndata: " + json.writeValueAsString(data) + "\n\n")
        .getBytes(UTF_8);
  }

  private static List<ServiceChange> changes(@Nullable Picture before, Picture after) {
    Map<String, ServiceView> known = new HashMap<>();
    if (before != null) {
      before.services().forEach(each -> known.put(each.name(), each));
    }
    List<ServiceChange> changes = new ArrayList<>();
    for (ServiceView service : after.services()) {
      ServiceView old = known.get(service.name());
      if (!service.equals(old)) {
        changes.add(old == null ? new ServiceChange(service, true) : change(old, service));
      }
    }
    return changes;
  }

  private static ServiceChange change(ServiceView old, ServiceView service) {
    Map<String, EndpointView> known = new HashMap<>();
    old.endpoints().forEach(each -> known.put(each.id(), each));
    boolean sameSet =
        known.size() == service.endpoints().size()
            && service.endpoints().stream().allMatch(each -> known.containsKey(each.id()));
    List<EndpointView> endpoints =
        sameSet
            ? service.endpoints().stream()
                .filter(each -> !each.equals(known.get(each.id())))
                .toList()
            : service.endpoints();
    long seen = old.events().isEmpty() ? 0 : old.events().get(old.events().size() - 1).number();
    return new ServiceChange(
        service.with(
            endpoints, service.events().stream().filter(each -> each.number() > seen).toList()),
        !sameSet);
  }

  /** Made by whoever asks first. */
  private static final class Once {
    private final Supplier<byte[]> maker;
    private final ReentrantLock lock = new ReentrantLock();
    private byte @Nullable [] made;

    Once(Supplier<byte[]> maker) {
      this.maker = maker;
    }

    byte[] get() {
      lock.lock();
      try {
        byte[] found = made;
        if (found == null) {
          found = maker.get();
          made = found;
        }
        return found;
      } finally {
        lock.unlock();
      }
    }
  }
}
