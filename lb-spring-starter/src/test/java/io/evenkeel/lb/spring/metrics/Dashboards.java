package io.evenkeel.lb.spring.metrics;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The dashboard and the rules of this repository, and the queries in them. */
final class Dashboards {
  private static final Path ROOT = Path.of("..", "dashboards").toAbsolutePath().normalize();
  static final Path DASHBOARD = ROOT.resolve("grafana/evenkeel.json");
  static final Path RULES = ROOT.resolve("prometheus/evenkeel-rules.yml");
  static final Path TESTS_OF_RULES = ROOT.resolve("prometheus/evenkeel-rules-test.yml");

  static final JsonMapper JSON = JsonMapper.builder().build();

  private Dashboards() {}

  static JsonNode dashboard() throws IOException {
    return JSON.readTree(Files.readString(DASHBOARD));
  }

  static JsonNode yaml(Path file) throws IOException {
    try (Reader text = Files.newBufferedReader(file)) {
      return JSON.valueToTree(new Yaml().<Object>load(text));
    }
  }

  /** Those of collapsed rows as well. */
  static List<JsonNode> panels(JsonNode parent) {
    List<JsonNode> all = new ArrayList<>();
    for (JsonNode panel : parent.path("panels")) {
      all.add(panel);
      all.addAll(panels(panel));
    }
    return all;
  }

  /** What panels ask for, by the panel, with values for the variables. */
  static Map<String, String> queriesOfPanels() throws IOException {
    Map<String, String> queries = new LinkedHashMap<>();
    for (JsonNode panel : panels(dashboard())) {
      for (JsonNode target : panel.path("targets")) {
        String name = panel.path("title").asString() + " " + target.path("refId").asString();
        queries.put(name, withValues(target.path("expr").asString()));
      }
    }
    return queries;
  }

  /** What variables ask for, as queries for the series whose labels they list. */
  static Map<String, String> queriesOfVariables() throws IOException {
    Map<String, String> queries = new LinkedHashMap<>();
    for (JsonNode variable : dashboard().path("templating").path("list")) {
      String query = variable.path("query").path("query").asString("");
      if (!query.isEmpty()) {
        String series = query.replaceFirst("^label_values\\((.*), *\\w+\\)$", "$1");
        queries.put("$" + variable.path("name").asString(), withValues(series));
      }
    }
    return queries;
  }

  private static String withValues(String query) {
    return query.replace("$__rate_interval", "1m").replace("$job", ".*").replace("$balancer", ".*");
  }

  /** The expressions of recording rules by what they record, or of alerts by their names. */
  static Map<String, String> rules(String kind) throws IOException {
    Map<String, String> rules = new LinkedHashMap<>();
    for (JsonNode rule : rules(each -> each.has(kind))) {
      rules.put(rule.path(kind).asString(), rule.path("expr").asString());
    }
    return rules;
  }

  static List<JsonNode> rules(Predicate<JsonNode> which) throws IOException {
    List<JsonNode> all = new ArrayList<>();
    for (JsonNode group : yaml(RULES).path("groups")) {
      for (JsonNode rule : group.path("rules")) {
        if (which.test(rule)) {
          all.add(rule);
        }
      }
    }
    return all;
  }
}
