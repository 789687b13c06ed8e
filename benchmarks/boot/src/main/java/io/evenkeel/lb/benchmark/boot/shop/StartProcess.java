package io.evenkeel.lb.benchmark.boot.shop;

import static java.util.Objects.requireNonNull;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationListener;

/**
 * An application that starts, with Tomcat, and then does nothing: the main class of a process of
 * its own. Prints {@link Figure}s.
 */
public final class StartProcess {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final double MEGABYTE = 1 << 20;

  private StartProcess() {}

  /** Runs it. */
  public static void main(String[] args) throws IOException {
    List<String> arguments = new ArrayList<>(Settings.COMMON);
    arguments.add("--server.port=0");
    arguments.add("--server.address=127.0.0.1");
    arguments.add(Settings.instance(0, "http://127.0.0.1:9"));
    SpringApplication application = new SpringApplication(Shop.class);
    application.addListeners(new Ready());
    try (var context = application.run(arguments.toArray(String[]::new))) {
      Figure.print("hasEvenkeel", context.containsBean("loadBalancers") ? 1 : 0);
      memory();
    }
  }

  private static final class Ready implements ApplicationListener<ApplicationReadyEvent> {
    @Override
    public void onApplicationEvent(ApplicationReadyEvent event) {
      long now = System.currentTimeMillis();
      Figure.print(
          "readyMillis", (double) now - ManagementFactory.getRuntimeMXBean().getStartTime());
      Figure.print("springMillis", requireNonNull(event.getTimeTaken()).toNanos() / 1e6);
      long cpu =
          ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
      Figure.print("cpuMillis", cpu / 1e6);
    }
  }

  private static void memory() throws IOException {
    // Twice, since what the first one has only found to be dead is gone after the second.
    System.gc();
    System.gc();
    double heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / MEGABYTE;
    double metaspace =
        ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getName().equals("Metaspace"))
                .mapToLong(StartProcess::used)
                .sum()
            / MEGABYTE;
    Figure.print("heapMegabytes", heap);
    Figure.print("metaspaceMegabytes", metaspace);
    Figure.print("heapAndMetaspaceMegabytes", heap + metaspace);
    Figure.print("classes", ManagementFactory.getClassLoadingMXBean().getLoadedClassCount());
    if (Files.isReadable(STATUS)) {
      try (Stream<String> lines = Files.lines(STATUS)) {
        lines
            .filter(line -> line.startsWith("VmRSS:"))
            .map(line -> line.replaceAll("\\D", ""))
            .forEach(kilobytes -> Figure.print("rssMegabytes", Long.parseLong(kilobytes) / 1024.0));
      }
    }
  }

  private static long used(MemoryPoolMXBean pool) {
    return pool.getUsage().getUsed();
  }
}
