package io.evenkeel.lb.failover.pattern;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.strategy.RingHash;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.RetryConfig;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples of PATTERNS.md and of this package's javadoc compile, given {@link #PRELUDE}. */
class ExamplesTest {
  private static final Path PAGE = Path.of("PATTERNS.md");
  private static final Path SOURCES = Path.of("src/main/java/io/evenkeel/lb/failover/pattern");
  private static final Pattern FENCED = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Pattern JAVADOC =
      Pattern.compile("<pre>\\{@code\n(.*?)\\}</pre>", Pattern.DOTALL);

  private static final String PRELUDE =
      """
      import io.evenkeel.lb.*;
      import io.evenkeel.lb.failover.*;
      import io.evenkeel.lb.failover.pattern.*;
      import io.evenkeel.lb.strategy.*;
      import java.time.Duration;
      import java.util.*;
      import java.util.concurrent.*;

      @SuppressWarnings("unused")
      abstract class Example {
        Balancer orders;
        Balancer payments;
        Balancer balancer;
        Balancer east;
        Balancer west;
        Balancer primary;
        Balancer replicas;
        EndpointSource source;
        RequestContext context;
        abstract int get(String url) throws Exception;
        abstract CompletableFuture<Integer> getAsync(String url);
        void example() throws Exception {
      """;

  @TempDir private Path classes;

  @Test
  void examplesCompile() throws IOException {
    List<String> examples = new ArrayList<>();
    Matcher fenced = FENCED.matcher(Files.readString(PAGE));
    while (fenced.find()) {
      examples.add(fenced.group(1));
    }
    assertThat(examples).hasSizeGreaterThan(4);
    try (Stream<Path> files = Files.list(SOURCES)) {
      for (Path file : files.sorted().toList()) {
        Matcher javadoc = JAVADOC.matcher(Files.readString(file));
        while (javadoc.find()) {
          examples.add(javadoc.group(1).replaceAll("(?m)^ *\\* ?", ""));
        }
      }
    }
    assertThat(examples).hasSizeGreaterThan(8);
    for (String example : examples) {
      assertThat(errors(example)).isEmpty();
    }
    assertThat(errors("Standby.of(east);")).as("a broken example").isNotEmpty();
  }

  /** What the compiler says; empty if nothing. */
  private String errors(String code) throws IOException {
    Path file = Files.writeString(classes.resolve("Example.java"), PRELUDE + code + "\n}\n}");
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said);
    String[] options = {
      "-proc:none", "-d", classes.toString(), "-classpath", classPath(), file.toString()
    };
    int status = ToolProvider.findFirst("javac").orElseThrow().run(out, out, options);
    return status == 0 ? "" : said + code;
  }

  /** Where the types of the examples are, be it on the class path or on the module path. */
  private static String classPath() {
    return Stream.of(
            Failover.class,
            Balancer.class,
            RingHash.class,
            RetryConfig.class,
            IntervalFunction.class,
            Nullable.class)
        .map(
            type ->
                Path.of(
                    URI.create(
                        type.getProtectionDomain().getCodeSource().getLocation().toString())))
        .map(Path::toString)
        .collect(Collectors.joining(File.pathSeparator));
  }
}
