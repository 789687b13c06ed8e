package io.evenkeel.lb.health;

import io.evenkeel.lb.HealthContext;
import io.evenkeel.lb.Printable;
import io.evenkeel.lb.health.Health.Enforced;
import io.evenkeel.lb.health.detect.Cluster;
import io.evenkeel.lb.health.detect.Traffic;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Asks the detectors about all nodes, and decides which suspicions have an effect. */
final class Examination {
  /** As that of a verdict. */
  private static final int MAX_LENGTH = 200;

  private final Health policy;
  private final HealthContext context;

  Examination(Health policy, HealthContext context) {
    this.policy = policy;
    this.context = context;
  }

  /**
   * What was found.
   *
   * @param ejects whether the node is to be ejected; else this is for people
   */
  record Finding(Subject subject, String why, boolean ejects) {}

  /**
   * @param badness as of when it was found: traffic goes on, and to sort by what changes fails
   */
  private record Suspect(Subject subject, int detector, String why, int badness) {}

  /** New findings only: a suspicion without effect is not found again while it lasts. */
  List<Finding> of(Collection<Subject> subjects) {
    List<Subject> active = subjects.stream().filter(each -> Shortage.isFit(each.state())).toList();
    Cluster cluster = Cluster.of(active.stream().map(Subject::traffic).toList());
    List<Suspect> suspects = new ArrayList<>();
    for (int i = 0; i < active.size(); i++) {
      if (!active.get(i).isForcedUp()) {
        suspects.addAll(suspicions(active.get(i), i, cluster));
      }
    }
    // If there is not room for all, the worst go.
    suspects.sort(Comparator.comparingInt(each -> -each.badness));
    return suspects.isEmpty() ? List.of() : findings(suspects, Capacity.of(subjects));
  }

  private List<Suspect> suspicions(Subject subject, int index, Cluster cluster) {
    List<Suspect> found = new ArrayList<>();
    for (int i = 0; i < policy.detectors.size(); i++) {
      String why = ask(policy.detectors.get(i), index, cluster);
      if (why == null) {
        subject.trust(i);
      } else {
        found.add(new Suspect(subject, i, why, badness(cluster.node(index))));
      }
    }
    return found;
  }

  private @Nullable String ask(Enforced enforced, int index, Cluster cluster) {
    try {
      String why = enforced.detector().suspects(index, cluster);
      return why == null ? null : Printable.line(why, MAX_LENGTH);
    } catch (Throwable t) {
      context.report(t);
      return null;
    }
  }

  private List<Finding> findings(List<Suspect> suspects, Capacity capacity) {
    List<Finding> findings = new ArrayList<>();
    Set<Subject> ejected = new HashSet<>();
    for (Suspect suspect : suspects) {
      Subject subject = suspect.subject;
      if (ejected.contains(subject)) {
        continue;
      }
      if (!isObeyed(suspect)) {
        find(findings, suspect, " (only reported)");
      } else if (capacity.takeOut(subject, policy.maxEjectedShare)) {
        ejected.add(subject);
        findings.add(new Finding(subject, suspect.why, true));
      } else {
        find(findings, suspect, " (not ejected: too much capacity is out of service)");
      }
    }
    return findings;
  }

  private boolean isObeyed(Suspect suspect) {
    double share = policy.detectors.get(suspect.detector).share();
    return suspect
        .subject
        .suspicions()
        .raise(suspect.detector, () -> share == 1 || context.random().nextDouble() < share);
  }

  private static void find(List<Finding> findings, Suspect suspect, String effect) {
    String why = suspect.why + effect;
    if (suspect.subject.suspicions().spare(suspect.detector, why)) {
      findings.add(new Finding(suspect.subject, why, false));
    }
  }

  private static int badness(Traffic traffic) {
    return Long.bitCount(traffic.history()) + traffic.failuresInARow();
  }
}
