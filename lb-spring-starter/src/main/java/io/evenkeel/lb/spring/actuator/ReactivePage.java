package io.evenkeel.lb.spring.actuator;

import io.evenkeel.lb.spring.actuator.Viewers.Viewer;
import java.security.Principal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;

/** The page on WebFlux. */
final class ReactivePage {
  private ReactivePage() {}

  /** What answers at each path below that of the endpoint. */
  static Map<String, WebHandler> handlers(Viewers viewers, OrderDesk desk) {
    Map<String, WebHandler> handlers = new LinkedHashMap<>();
    PageFiles.all()
        .forEach(
            (path, file) ->
                handlers.put(
                    path,
                    exchange ->
                        write(
                            PageFiles.read(new Request(exchange, null), file),
                            exchange.getResponse())));
    handlers.put(PageFiles.EVENTS, exchange -> watch(viewers, exchange));
    handlers.put(PageFiles.ORDER, exchange -> order(desk, exchange));
    return handlers;
  }

  private record Request(ServerWebExchange exchange, @Nullable String user) implements Asked {
    @Override
    public String method() {
      return exchange.getRequest().getMethod().name();
    }

    @Override
    public @Nullable String header(String name) {
      return exchange.getRequest().getHeaders().getFirst(name);
    }
  }

  private static Mono<Void> write(Reply reply, ServerHttpResponse response) {
    begin(response, reply.status(), reply.contentType());
    reply.more().forEach(response.getHeaders()::set);
    byte[] body = reply.bytes();
    response.getHeaders().setContentLength(body.length);
    return response.writeWith(Mono.fromSupplier(() -> wrap(response, body)));
  }

  private static void begin(ServerHttpResponse response, int status, String contentType) {
    response.setStatusCode(HttpStatus.valueOf(status));
    Reply.HEADERS.forEach(response.getHeaders()::set);
    response.getHeaders().setContentType(MediaType.parseMediaType(contentType));
  }

  private static DataBuffer wrap(ServerHttpResponse response, byte[] bytes) {
    return response.bufferFactory().wrap(bytes);
  }

  private static Mono<Void> order(OrderDesk desk, ServerWebExchange exchange) {
    Reply refusal = desk.refusal(new Request(exchange, null));
    if (refusal != null) {
      return write(refusal, exchange.getResponse());
    }
    Mono<byte[]> body =
        DataBufferUtils.join(exchange.getRequest().getBody(), OrderDesk.MAX_BODY)
            .map(ReactivePage::bytes)
            .defaultIfEmpty(new byte[0])
            .onErrorReturn(DataBufferLimitException.class, new byte[OrderDesk.MAX_BODY + 1]);
    Mono<Optional<String>> user =
        exchange
            .getPrincipal()
            .map(Principal::getName)
            .map(Optional::of)
            .defaultIfEmpty(Optional.empty());
    return Mono.zip(body, user)
        .flatMap(
            both ->
                write(
                    desk.give(new Request(exchange, both.getT2().orElse(null)), both.getT1()),
                    exchange.getResponse()));
  }

  private static byte[] bytes(DataBuffer buffer) {
    byte[] bytes = new byte[buffer.readableByteCount()];
    buffer.read(bytes);
    DataBufferUtils.release(buffer);
    return bytes;
  }

  private static Mono<Void> watch(Viewers viewers, ServerWebExchange exchange) {
    ServerHttpResponse response = exchange.getResponse();
    Reply refusal = Viewers.refusal(new Request(exchange, null));
    if (refusal != null) {
      return write(refusal, response);
    }
    Watching watching = new Watching();
    if (!viewers.join(watching)) {
      return write(viewers.full(), response);
    }
    begin(response, 200, Viewers.CONTENT_TYPE);
    // What is slow gets the newest frame when it is ready for one.
    Flux<Mono<DataBuffer>> frames =
        Flux.<Frame>create(watching::begin, FluxSink.OverflowStrategy.LATEST)
            .map(frame -> Mono.just(wrap(response, watching.next(frame))));
    return response.writeAndFlushWith(frames).doFinally(any -> viewers.leave(watching));
  }

  /** A viewer that may join before anything subscribes to it. */
  private static final class Watching implements Viewer {
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable FluxSink<Frame> sink;
    private @Nullable Frame early;
    private boolean over;
    private long seen = Frame.NOTHING;

    /** The bytes of a frame. Frames come one at a time. */
    byte[] next(Frame frame) {
      byte[] bytes = frame.since(seen);
      seen = frame.number();
      return bytes;
    }

    void begin(FluxSink<Frame> sink) {
      lock.lock();
      try {
        this.sink = sink;
        if (over) {
          sink.complete();
        } else if (early != null) {
          sink.next(early);
        }
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void show(Frame frame) {
      lock.lock();
      try {
        if (sink == null) {
          early = frame;
        } else {
          sink.next(frame);
        }
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void end() {
      lock.lock();
      try {
        over = true;
        if (sink != null) {
          sink.complete();
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
