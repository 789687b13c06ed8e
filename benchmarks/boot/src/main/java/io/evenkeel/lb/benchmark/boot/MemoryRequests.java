package io.evenkeel.lb.benchmark.boot;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.client.AbstractClientHttpRequest;
import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.ClientHttpResponse;

/** Answers each request from memory. */
final class MemoryRequests implements ClientHttpRequestFactory {
  private static final byte[] BODY = {'o', 'k'};

  @Override
  public ClientHttpRequest createRequest(URI uri, HttpMethod method) {
    return new Request(uri, method);
  }

  private static final class Request extends AbstractClientHttpRequest {
    private final URI uri;
    private final HttpMethod method;

    Request(URI uri, HttpMethod method) {
      this.uri = uri;
      this.method = method;
    }

    @Override
    public URI getURI() {
      return uri;
    }

    @Override
    public HttpMethod getMethod() {
      return method;
    }

    @Override
    protected OutputStream getBodyInternal(HttpHeaders headers) {
      return OutputStream.nullOutputStream();
    }

    @Override
    protected ClientHttpResponse executeInternal(HttpHeaders headers) {
      return new Response();
    }
  }

  private static final class Response implements ClientHttpResponse {
    private final HttpHeaders headers = new HttpHeaders();

    Response() {
      headers.setContentType(MediaType.APPLICATION_OCTET_STREAM);
      headers.setContentLength(BODY.length);
    }

    @Override
    public HttpStatusCode getStatusCode() {
      return HttpStatus.OK;
    }

    @Override
    public String getStatusText() {
      return "OK";
    }

    @Override
    public HttpHeaders getHeaders() {
      return headers;
    }

    @Override
    public InputStream getBody() {
      return new ByteArrayInputStream(BODY);
    }

    @Override
    public void close() {}
  }
}
