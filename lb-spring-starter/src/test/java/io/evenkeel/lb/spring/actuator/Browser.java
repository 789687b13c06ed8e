package io.evenkeel.lb.spring.actuator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.logging.Level;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebDriver;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.WebDriverWait;

/** A headless Chromium of its own, with an empty profile. */
final class Browser implements AutoCloseable {
  private static final File CHROMIUM = new File("/usr/bin/chromium");
  private static final File DRIVER = new File("/usr/bin/chromedriver");

  final ChromeDriver driver;

  private Browser(ChromeDriver driver) {
    this.driver = driver;
  }

  /** Where continuous integration says that it is that, what is missing is a failure. */
  static void require() {
    boolean there = CHROMIUM.canExecute() && DRIVER.canExecute();
    if (System.getenv("CI") != null) {
      assertThat(there).as("%s and %s are there", CHROMIUM, DRIVER).isTrue();
    }
    Assumptions.assumeTrue(
        there,
        () -> "skipped: " + CHROMIUM + " and " + DRIVER + " (packages chromium, chromium-driver)");
  }

  static Browser open(Path profile, String url) {
    ChromeOptions options = new ChromeOptions();
    options.setBinary(CHROMIUM);
    options.addArguments(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--window-size=1560,1000",
        "--user-data-dir=" + profile);
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    options.setCapability("goog:loggingPrefs", logs);
    Browser browser =
        new Browser(
            new ChromeDriver(
                new ChromeDriverService.Builder()
                    .usingDriverExecutable(DRIVER)
                    .usingAnyFreePort()
                    .build(),
                options));
    browser.driver.get(url);
    return browser;
  }

  /** Waits until it is there and true. */
  <T> T until(String what, Function<WebDriver, T> holds) {
    return Objects.requireNonNull(
        new WebDriverWait(driver, Duration.ofSeconds(60))
            .ignoring(StaleElementReferenceException.class)
            .withMessage(what)
            .until(holds));
  }

  WebElement find(String css) {
    return until(css, any -> driver.findElement(By.cssSelector(css)));
  }

  List<WebElement> all(String css) {
    return driver.findElements(By.cssSelector(css));
  }

  /** Waits until an element has this in its text. */
  void untilText(String css, String text) {
    until(
        css + " has " + text,
        any -> all(css).stream().anyMatch(each -> each.getText().contains(text)));
  }

  Object script(String script, Object... arguments) {
    return Objects.requireNonNullElse(driver.executeScript(script, arguments), "null");
  }

  void prefers(String colours) {
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colours))));
  }

  /** What the browser complained about: scripts that failed, and what the policy has stopped. */
  List<String> complaints() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .filter(each -> each.getLevel().intValue() >= Level.WARNING.intValue())
        .map(Object::toString)
        .toList();
  }

  void photograph(String name) throws IOException {
    Files.createDirectories(Path.of("target"));
    Files.write(Path.of("target", name), driver.getScreenshotAs(OutputType.BYTES));
  }

  @Override
  public void close() {
    driver.quit();
  }
}
