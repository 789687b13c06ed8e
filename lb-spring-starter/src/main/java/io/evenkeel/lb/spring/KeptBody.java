package io.evenkeel.lb.spring;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpRequestDecorator;
import org.springframework.web.reactive.function.BodyInserter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The body of a request that may be sent several times. What comes in one piece is kept, and the
 * same bytes are sent again; what comes in several is sent once, since nobody knows whether it can
 * be had again from the beginning. Thread-safe.
 *
 * <p>Memory: who begins it is found by compare-and-set; the piece is written before anything is
 * sent, and read after that attempt is over.
 */
final class KeptBody implements BodyInserter<Object, ClientHttpRequest> {
  private final BodyInserter<?, ? super ClientHttpRequest> body;
  private final AtomicBoolean begun = new AtomicBoolean();
  private volatile @Nullable Piece piece;
  private volatile boolean broken;

  KeptBody(BodyInserter<?, ? super ClientHttpRequest> body) {
    this.body = body;
  }

  /** Whether another attempt can send all of it. */
  boolean canBeSent() {
    return piece != null || !begun.get();
  }

  /** Whether what was to be sent could not be had, which no endpoint is to blame for. */
  boolean isBroken() {
    return broken;
  }

  @Override
  public Mono<Void> insert(ClientHttpRequest request, Context context) {
    return Mono.defer(
        () -> {
          Piece kept = piece;
          if (kept != null) {
            return kept.to(request);
          }
          if (!begun.compareAndSet(false, true)) {
            return Mono.error(new IllegalStateException("the body streams, and was sent already"));
          }
          Keeping keeping = new Keeping(request);
          return body.insert(keeping, context)
              .doOnError(
                  thrown -> {
                    if (!keeping.writes) {
                      broken = true;
                    }
                  });
        });
  }

  /** Whole, and with the headers that say what it is, which its writer may have set. */
  private static final class Piece {
    private final byte @Nullable [] bytes;
    private final HttpHeaders headers;

    /**
     * @param bytes null if there is no body
     */
    Piece(byte @Nullable [] bytes, HttpHeaders headers) {
      this.bytes = bytes;
      this.headers = new HttpHeaders();
      headers.forEach(
          (name, values) -> {
            if (Redirect.isOfContent(name)) {
              this.headers.addAll(name, values);
            }
          });
    }

    Mono<Void> to(ClientHttpRequest request) {
      headers.forEach(request.getHeaders()::putIfAbsent);
      byte[] whole = bytes;
      return whole == null
          ? request.setComplete()
          : request.writeWith(Mono.fromSupplier(() -> request.bufferFactory().wrap(whole)));
    }
  }

  /** Looks at what is written. */
  private final class Keeping extends ClientHttpRequestDecorator {
    private volatile boolean writes;

    Keeping(ClientHttpRequest request) {
      super(request);
    }

    @Override
    public Mono<Void> writeWith(Publisher<? extends DataBuffer> content) {
      if (content instanceof Mono) {
        return writePiece(Mono.<DataBuffer>from(content));
      }
      writes = true;
      return super.writeWith(observed(content));
    }

    /** Has it before the client asks for it, which one without a connection does not. */
    private Mono<Void> writePiece(Mono<DataBuffer> content) {
      return content
          .doOnNext(this::keep)
          .flatMap(buffer -> write(Mono.just(buffer)).thenReturn(true))
          .switchIfEmpty(Mono.defer(() -> setComplete().thenReturn(true)))
          .doOnDiscard(DataBuffer.class, DataBufferUtils::release)
          .then();
    }

    private Mono<Void> write(Mono<DataBuffer> content) {
      writes = true;
      return super.writeWith(content);
    }

    private void keep(DataBuffer buffer) {
      byte[] bytes = new byte[buffer.readableByteCount()];
      buffer.toByteBuffer(ByteBuffer.wrap(bytes));
      piece = new Piece(bytes, getHeaders());
    }

    @Override
    public Mono<Void> writeAndFlushWith(
        Publisher<? extends Publisher<? extends DataBuffer>> content) {
      writes = true;
      return super.writeAndFlushWith(observed(Flux.from(content).map(this::observed)));
    }

    private <T> Flux<T> observed(Publisher<T> content) {
      return Flux.from(content).doOnError(thrown -> broken = true);
    }

    @Override
    public Mono<Void> setComplete() {
      writes = true;
      piece = new Piece(null, getHeaders());
      return super.setComplete();
    }
  }
}
