package io.evenkeel.lb.spring.actuator;

import java.util.LinkedHashMap;
import java.util.Map;

/** The files of the page by their paths, below that of the endpoint. */
final class PageFiles {
  static final String EVENTS = "/ui/events";
  static final String ORDER = "/ui/order";

  private PageFiles() {}

  static Map<String, Reply> all() {
    Map<String, Reply> files = new LinkedHashMap<>();
    files.put("/ui", Reply.file("page.html", "text/html;charset=UTF-8"));
    files.put("/ui/page.css", Reply.file("page.css", "text/css;charset=UTF-8"));
    files.put("/ui/page.js", Reply.file("page.js", "text/javascript;charset=UTF-8"));
    return files;
  }

  /** The file, if that is what is asked for. */
  static Reply read(Asked asked, Reply file) {
    return asked.method().equals("GET") || asked.method().equals("HEAD")
        ? file
        : Reply.notAllowed("GET, HEAD");
  }
}
