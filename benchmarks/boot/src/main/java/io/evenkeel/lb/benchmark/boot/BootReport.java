package io.evenkeel.lb.benchmark.boot;

import io.evenkeel.lb.benchmark.Json;
import io.evenkeel.lb.benchmark.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What is written: JSON for machines, and a page of Markdown. */
record BootReport(Machine machine, List<Section> sections) {
  boolean passes() {
    return sections.stream().allMatch(section -> section.verdict().pass());
  }

  String markdown() {
    StringBuilder text = new StringBuilder("# spring\n\n").append(machine.markdown());
    text.append("\nOne Spring Boot application, with `lb-spring-starter` on its class path and");
    text.append(" without. A figure must be at most its bound.\n");
    sections.forEach(section -> text.append('\n').append(section.markdown()));
    return text.toString();
  }

  void write(Path results) throws IOException {
    Files.createDirectories(results);
    Path json = results.resolve("spring.json");
    Path page = results.resolve("spring.md");
    Json.write(json, machine, sections.stream().map(Section::verdict).toList());
    Files.writeString(page, markdown());
    System.out.println("Wrote " + json + " and " + page);
  }
}
