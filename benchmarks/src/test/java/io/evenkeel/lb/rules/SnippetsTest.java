package io.evenkeel.lb.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every example in the README and in javadoc compiles, given the names in {@link #PRELUDE}. */
class SnippetsTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern FENCED = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern JAVADOC =
      Pattern.compile("<pre>\\{@code\n(.*?)\n *\\* \\}</pre>", Pattern.DOTALL);
  private static final Pattern JAVADOC_LAST_LINE =
      Pattern.compile("<pre>\\{@code\n(.*?)\\}</pre>", Pattern.DOTALL);

  private static final String PRELUDE =
      """
      import io.evenkeel.lb.*;
      import io.evenkeel.lb.failover.*;
      import io.evenkeel.lb.failover.gate.*;
      import io.evenkeel.lb.failover.pattern.*;
      import io.evenkeel.lb.grpc.*;
      import io.evenkeel.lb.health.*;
      import io.evenkeel.lb.health.probe.*;
      import io.evenkeel.lb.load.*;
      import io.evenkeel.lb.okhttp.*;
      import io.evenkeel.lb.source.*;
      import io.evenkeel.lb.spring.*;
      import io.evenkeel.lb.strategy.*;
      import io.evenkeel.lb.testkit.*;
      import io.evenkeel.lb.testkit.cluster.*;
      import io.evenkeel.lb.testkit.rig.*;
      import io.evenkeel.lb.testkit.rig.Reply;
      import java.nio.file.Path;
      import java.time.Duration;
      import java.util.*;
      import io.evenkeel.lb.micrometer.*;
      import java.util.concurrent.ConcurrentHashMap;
      import io.micrometer.core.instrument.MeterRegistry;
      import io.micrometer.observation.ObservationRegistry;
      import okhttp3.OkHttpClient;
      import okhttp3.Request;
      import okhttp3.Response;
      import org.springframework.boot.security.autoconfigure.actuate.web.servlet.EndpointRequest;
      import org.springframework.security.config.annotation.web.builders.HttpSecurity;
      import org.springframework.web.client.RestClient;
      import static io.evenkeel.lb.testkit.cluster.Arrivals.*;
      import static io.evenkeel.lb.testkit.cluster.Change.*;
      import static io.evenkeel.lb.testkit.cluster.ServiceTime.*;
      import static java.time.Duration.*;
      import static org.assertj.core.api.Assertions.assertThat;
      import static org.assertj.core.api.Assumptions.assumeThat;

      @SuppressWarnings("unused")
      abstract class Snippet {
        interface Registry {
          EndpointSet endpoints(String service) throws Exception;
          Collection<Endpoint> find(String service) throws Exception;
        }
        Registry registry;
        Balancer orders;
        Balancer payments;
        Balancer balancer;
        Balancer guarded;
        Failover failover;
        Failover otherRegion;
        String header;
        MeterRegistry registryOfMeters;
        ObservationRegistry observations;
        HealthRegistry healthRegistry;
        static final RequestContext.Key<String> ARTICLE =
            RequestContext.Key.of("article", String.class);
        abstract String fetch(Endpoint endpoint) throws Exception;
        Health health;
        EndpointSource polled;
        OkHttpClient client;
        RestClient restClient;
        HttpSecurity http;
        LoadBalancers balancers;
        BalancerInterceptor interceptor;
        RequestContext context;
        Strategy strategy;
        ClusterBuilder cluster;
        ServerProcess server;
        List<ServerProcess> servers;
        Request request;
        abstract int get(String url) throws Exception;
        abstract java.util.concurrent.CompletableFuture<Integer> getAsync(String url);
        abstract Outcome call(Endpoint endpoint) throws Exception;
        abstract Reply call(long number);
      """;

  @TempDir private Path classes;

  @TestFactory
  Stream<DynamicTest> examplesCompile() throws IOException {
    return snippets().stream()
        .map(
            snippet ->
                DynamicTest.dynamicTest(
                    snippet.where, () -> assertThat(errors(snippet.code)).isEmpty()));
  }

  @Test
  void thereAreExamplesAndABrokenOneIsNoticed() throws IOException {
    assertThat(snippets()).hasSizeGreaterThan(10);
    assertThat(errors("Endpoint.of(\"10.0.0.1\");")).isNotEmpty();
  }

  private static List<Snippet> snippets() throws IOException {
    List<Snippet> snippets = new ArrayList<>();
    add(snippets, ROOT.resolve("README.md"), FENCED);
    try (Stream<Path> files = Files.walk(ROOT)) {
      for (Path file : files.filter(SnippetsTest::isPublished).sorted().toList()) {
        add(snippets, file, JAVADOC);
        add(snippets, file, JAVADOC_LAST_LINE);
      }
    }
    return snippets;
  }

  private static boolean isPublished(Path file) {
    String path = ROOT.relativize(file).toString();
    return path.startsWith("lb-") && path.contains("src/main/java") && path.endsWith(".java");
  }

  private static void add(List<Snippet> snippets, Path file, Pattern pattern) throws IOException {
    String text = Files.readString(file);
    for (Matcher matcher = pattern.matcher(text); matcher.find(); ) {
      long line = text.substring(0, matcher.start()).lines().count() + 1;
      String where = ROOT.relativize(file) + ":" + line;
      if (snippets.stream().noneMatch(snippet -> snippet.where.equals(where))) {
        String code = matcher.group(1).replaceAll("(?m)^ *\\* ?", "");
        snippets.add(new Snippet(where, code));
      }
    }
  }

  private List<String> errors(String code) throws IOException {
    boolean isClass =
        Pattern.compile("(?m)^(public |final |abstract )*(class|record) ").matcher(code).find();
    String body = isClass ? code : "void snippet() throws Exception {\n" + code + "\n}";
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<String> options =
        List.of(
            "-proc:none",
            "-d",
            classes.toString(),
            "-classpath",
            System.getProperty("java.class.path"));
    StringWriter output = new StringWriter();
    compiler
        .getTask(output, null, found, options, null, List.of(new Source(PRELUDE + body + "\n}")))
        .call();
    return found.getDiagnostics().stream()
        .filter(diagnostic -> diagnostic.getKind() == javax.tools.Diagnostic.Kind.ERROR)
        .map(diagnostic -> diagnostic.getMessage(Locale.ROOT) + " in\n" + code)
        .toList();
  }

  private record Snippet(String where, String code) {}

  private static final class Source extends SimpleJavaFileObject {
    private final String code;

    Source(String code) {
      super(URI.create("string:///Snippet.java"), Kind.SOURCE);
      this.code = code;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return code;
    }
  }
}
