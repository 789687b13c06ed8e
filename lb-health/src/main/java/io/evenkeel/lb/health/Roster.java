package io.evenkeel.lb.health;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The nodes of a balancer. For the control thread alone. */
final class Roster {
  private final List<Subject> subjects = new ArrayList<>();

  /** All, in no order that means anything. */
  List<Subject> all() {
    return subjects;
  }

  /** Those of an endpoint: one or none, or two while its address changes. */
  Stream<Subject> named(String endpointId) {
    return subjects.stream().filter(each -> each.node.endpoint().id().equals(endpointId));
  }

  Capacity capacity() {
    return Capacity.of(subjects);
  }

  void add(Subject subject) {
    subject.place = subjects.size();
    subjects.add(subject);
  }

  /** The last one takes its place, so that thousands can leave one by one. */
  void remove(Subject subject) {
    Subject last = subjects.remove(subjects.size() - 1);
    if (last != subject) {
      last.place = subject.place;
      subjects.set(subject.place, last);
    }
  }
}
