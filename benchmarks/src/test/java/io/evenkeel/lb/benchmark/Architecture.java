package io.evenkeel.lb.benchmark;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.AndFullName.Predicates.fullNameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchRule;

/** The rules of DESIGN.md that bytecode can show. Modules are told by their packages. */
enum Architecture {
  NO_CYCLES(slices().matching("io.evenkeel.(**)").should().beFreeOfCycles()),

  API_STANDS_ALONE(
      classes()
          .that()
          .resideInAPackage(Packages.API)
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(Packages.API, "java..", "org.jspecify..")),

  STRATEGIES_NEED_ONLY_THE_API(Packages.needOnlyTheApi(Packages.STRATEGY, Packages.LOAD)),
  HEALTH_NEEDS_ONLY_THE_API(Packages.needOnlyTheApi(Packages.HEALTH)),
  FAILOVER_NEEDS_ONLY_THE_API(Packages.needOnlyTheApi(Packages.FAILOVER)),

  TESTKIT_IS_FOR_TESTS(
      noClasses()
          .that()
          .resideOutsideOfPackage(Packages.TESTKIT)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(Packages.TESTKIT)),

  NOTHING_NEEDS_THE_STARTER(
      noClasses()
          .that()
          .resideOutsideOfPackage(Packages.STARTER)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(Packages.STARTER)),

  ONE_CLASS_READS_THE_CLOCK(
      noClasses()
          .that(Packages.CORE)
          .and()
          .doNotHaveFullyQualifiedName("io.evenkeel.lb.SystemTicker")
          .should()
          .callMethodWhere(
              target(
                  fullNameMatching(
                      "java\\.lang\\.System\\.(nanoTime|currentTimeMillis)\\(\\)"
                          + "|java\\.time\\.\\w+\\.(now|system\\w*)\\(.*\\)")))),

  NO_SYNCHRONIZED_METHODS(
      methods()
          .that()
          .areDeclaredInClassesThat(Packages.REQUEST_PATH)
          .should()
          .notHaveModifier(JavaModifier.SYNCHRONIZED)),

  NO_LOCKS(
      noClasses()
          .that(Packages.CORE)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("java.util.concurrent.locks..")),

  NO_SLEEP(
      noClasses()
          .that(Packages.CORE)
          .should()
          .callMethodWhere(target(fullNameMatching("java\\.lang\\.Thread\\.sleep\\(.*\\)")))),

  CHANCE_IS_AN_ARGUMENT(
      noClasses()
          .that(Packages.CORE)
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.util.Random")),

  NO_LOGGING_LIBRARY(
      noClasses()
          .that()
          .resideInAPackage(Packages.API)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.util.logging..", "org.slf4j..")),

  NAMES_SAY_SOMETHING(
      noClasses().should().haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)($|\\$.*)"));

  @SuppressWarnings("ImmutableEnumChecker") // rules have no state once they are built
  private final ArchRule rule;

  Architecture(ArchRule rule) {
    this.rule = rule.allowEmptyShould(true);
  }

  ArchRule rule() {
    return rule;
  }

  /** Which packages a module has. */
  static final class Packages {
    static final String API = "io.evenkeel.lb";
    static final String STRATEGY = "io.evenkeel.lb.strategy..";
    static final String LOAD = "io.evenkeel.lb.load..";
    static final String HEALTH = "io.evenkeel.lb.health..";
    static final String FAILOVER = "io.evenkeel.lb.failover..";
    static final String TESTKIT = "io.evenkeel.lb.testkit..";
    static final String STARTER = "io.evenkeel.lb.spring..";

    /** Where requests pass: lb-api, lb-strategies, lb-health and lb-failover. */
    static final DescribedPredicate<JavaClass> CORE =
        resideInAnyPackage(API, STRATEGY, LOAD, HEALTH, FAILOVER);

    /** These, and what joins them to others. */
    static final DescribedPredicate<JavaClass> REQUEST_PATH =
        CORE.or(
            resideInAnyPackage(
                "io.evenkeel.lb.okhttp..",
                "io.evenkeel.lb.micrometer..",
                "io.evenkeel.lb.grpc..",
                "io.evenkeel.lb.servlet..",
                STARTER));

    static ArchRule needOnlyTheApi(String... own) {
      return noClasses()
          .that()
          .resideInAnyPackage(own)
          .should()
          .dependOnClassesThat(
              resideInAnyPackage("io.evenkeel..")
                  .and(not(resideInAnyPackage(own)))
                  .and(not(resideInAnyPackage(API))));
    }
  }
}
