package io.evenkeel.lb.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Holds the rules against all modules, and against offenders that must be found out. */
class ArchitectureTest {
  private static final Path LIST = Path.of("src/test/resources/public-types.txt");
  private static final Path FOUND = Path.of("target/public-types.txt");

  /** All modules on the class path but this one. */
  private static final JavaClasses MODULES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("/io/evenkeel/lb/benchmark/"))
          .importPackages("io.evenkeel");

  private static final JavaClasses OFFENDERS =
      new ClassFileImporter()
          .withImportOption(new ImportOption.OnlyIncludeTests())
          .importPackages("io.evenkeel");

  @ParameterizedTest
  @EnumSource
  void aRuleHolds(Architecture architecture) {
    architecture.rule().check(MODULES);
  }

  @ParameterizedTest
  @EnumSource
  void aRuleFindsItsOffender(Architecture architecture) {
    assertThat(architecture.rule().evaluate(OFFENDERS).hasViolation()).isTrue();
  }

  @Test
  void theRulesSeeEveryModule() {
    assertThat(MODULES.stream().map(JavaClass::getPackageName))
        .contains(
            "io.evenkeel.lb",
            "io.evenkeel.lb.strategy",
            "io.evenkeel.lb.load",
            "io.evenkeel.lb.okhttp",
            "io.evenkeel.lb.spring",
            "io.evenkeel.lb.testkit");
  }

  /** A virtual thread that waits in a monitor pins its carrier (Resilience4j 2232). */
  @Test
  void noBlockIsSynchronizedWhereRequestsPass() {
    assertThat(entersAMonitor(MODULES)).isEmpty();
    assertThat(entersAMonitor(OFFENDERS)).singleElement().asString().contains("Offender");
  }

  /** Which of the classes do; ArchUnit does not look inside of methods. */
  private static List<String> entersAMonitor(JavaClasses classes) {
    Stream<String> options = Stream.of("-c", "-p", "-cp", System.getProperty("java.class.path"));
    Stream<String> types =
        classes.that(Architecture.Packages.REQUEST_PATH).stream().map(JavaClass::getName);
    StringWriter code = new StringWriter();
    PrintWriter out = new PrintWriter(code);
    int status =
        ToolProvider.findFirst("javap")
            .orElseThrow()
            .run(out, out, Stream.concat(options, types).toArray(String[]::new));
    assertThat(status).as(code.toString()).isZero();
    return Stream.of(code.toString().split("Compiled from "))
        .filter(type -> type.contains("monitorenter"))
        .map(type -> type.lines().skip(1).findFirst().orElse(""))
        .toList();
  }

  @Test
  void publicTypesAreThoseOfTheList() throws IOException {
    List<String> types =
        MODULES.stream()
            .filter(ArchitectureTest::isPublic)
            .map(JavaClass::getName)
            .sorted()
            .toList();
    Files.write(FOUND, types);
    assertThat(types)
        .as("public types, which are promises. If all is as you mean it: cp %s %s", FOUND, LIST)
        .isEqualTo(Files.readAllLines(LIST));
  }

  private static boolean isPublic(JavaClass type) {
    return type.getModifiers().contains(JavaModifier.PUBLIC)
        && type.getEnclosingClass().map(ArchitectureTest::isPublic).orElse(true)
        && !type.isAnonymousClass();
  }
}
