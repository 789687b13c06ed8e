package io.evenkeel.lb.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import io.evenkeel.lb.source.FileSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSourceTest extends DynamicSourceContract {
  @TempDir Path directory;

  private final ManualScheduler time = new ManualScheduler(new FakeTicker());

  private Path file() {
    return directory.resolve("orders.endpoints");
  }

  @Override
  protected EndpointSource newSource(ManualScheduler scheduler) {
    return FileSource.builder(file()).scheduler(scheduler).build();
  }

  @Override
  protected void answer(Collection<Endpoint> endpoints) {
    replace(endpoints.stream().map(Endpoint::authority).collect(Collectors.joining("\n")));
  }

  @Override
  protected void fail() {
    try {
      Files.deleteIfExists(file());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected void answerGarbage() {
    replace("10.0.0.1:8080\n<html>502 Bad Gateway</html>\n");
  }

  @Override
  protected Duration delay() {
    return Duration.ofSeconds(1);
  }

  private void replace(String text) {
    try {
      Path next = directory.resolve("next");
      Files.writeString(next, text);
      Files.move(next, file(), ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aRenameIsSeenThoughSizeAndTimeAreTheSame() throws IOException {
    replace("10.0.0.1:8080");
    FileTime modified = Files.getLastModifiedTime(file());
    RecordingSubscriber subscriber = subscribe();
    time.advance(Duration.ofSeconds(5));
    Path next = Files.writeString(directory.resolve("next"), "10.0.0.2:8080");
    Files.setLastModifiedTime(next, modified);
    Files.move(next, file(), ATOMIC_MOVE);
    time.advance(Duration.ofSeconds(1));

    assertThat(subscriber.sets).containsExactly(set("10.0.0.1"), set("10.0.0.2"));
  }

  @Test
  void aChangeInPlaceIsSeen() throws IOException {
    replace("10.0.0.1:8080");
    RecordingSubscriber subscriber = subscribe();
    time.advance(Duration.ofSeconds(5));
    Files.writeString(file(), "10.0.0.1:8080\n10.0.0.2:8080");
    time.advance(Duration.ofSeconds(1));

    assertThat(subscriber.sets).containsExactly(set("10.0.0.1"), set("10.0.0.1", "10.0.0.2"));
  }

  @Test
  void aSecondChangeWithinOneTickOfTheFileClockIsSeen() throws IOException {
    replace("10.0.0.1:8080");
    FileTime modified = Files.getLastModifiedTime(file());
    RecordingSubscriber subscriber = subscribe();
    Files.writeString(file(), "10.0.0.2:8080");
    Files.setLastModifiedTime(file(), modified);
    time.advance(Duration.ofSeconds(1));

    assertThat(subscriber.sets).containsExactly(set("10.0.0.1"), set("10.0.0.2"));
  }

  @Test
  void aFileThatDoesNotChangeIsNotReadAgain() throws IOException {
    replace("10.0.0.1:8080");
    FileTime modified = Files.getLastModifiedTime(file());
    RecordingSubscriber subscriber = subscribe();
    time.advance(Duration.ofSeconds(1));
    Files.writeString(file(), "10.0.0.2:8080");
    Files.setLastModifiedTime(file(), modified);
    time.advance(Duration.ofSeconds(60));

    assertThat(subscriber.sets).containsExactly(set("10.0.0.1"));
  }

  @Test
  void aLinkIsFollowedAndItsChangeSeen() throws IOException {
    Path one = Files.writeString(directory.resolve("one"), "10.0.0.1:8080");
    Path two = Files.writeString(directory.resolve("two"), "10.0.0.2:8080");
    Files.setLastModifiedTime(two, Files.getLastModifiedTime(one));
    Files.createSymbolicLink(file(), one);
    RecordingSubscriber subscriber = subscribe();
    time.advance(Duration.ofSeconds(5));
    Path next = Files.createSymbolicLink(directory.resolve("next"), two);
    Files.move(next, file(), ATOMIC_MOVE);
    time.advance(Duration.ofSeconds(1));

    assertThat(subscriber.sets).containsExactly(set("10.0.0.1"), set("10.0.0.2"));
  }

  @Test
  void noneEmptiesAndAnEmptyFileDoesNotMeanIt() {
    replace("# nobody is left\nnone # on purpose\n");
    RecordingSubscriber subscriber = subscribe();
    replace("# nobody is left\n\n");
    time.advance(Duration.ofSeconds(1));

    assertThat(subscriber.sets).containsExactly(EndpointSet.none(), EndpointSet.of());
  }

  @Test
  void aBadLineIsToldWithItsFileAndNumber() {
    replace("# orders\r\n\r\n10.0.0.1:8080\r\n10.0.0.2:8080 weight=-1\r\n");

    assertThat(subscribe().errors)
        .singleElement()
        .isInstanceOf(IllegalArgumentException.class)
        .extracting(Throwable::getMessage)
        .isEqualTo(file() + ", line 4: weight: -1.0 (expected: 0..1e9)");
  }

  @Test
  void oneIdWithTwoAddressesIsToldWithBoth() {
    replace("10.0.0.1:8080 id=a\n10.0.0.2:8080 id=a\n10.0.0.1:8080 id=a");

    assertThat(subscribe().errors)
        .singleElement()
        .extracting(Throwable::getMessage)
        .asString()
        .startsWith(file() + ": endpoints: ")
        .contains("10.0.0.1:8080{id=a}", "10.0.0.2:8080{id=a}");
  }

  @Test
  void aDirectoryIsNotReadAndAPipeNotWaitedFor() throws IOException {
    Files.createDirectory(file());

    assertThat(subscribe().errors)
        .singleElement()
        .extracting(Throwable::getMessage)
        .isEqualTo(file() + ": not a file (expected: a regular file)");
  }

  @Test
  void aFileInAnotherCharsetIsRefused() throws IOException {
    Files.write(file(), "10.0.0.1:8080\n10.0.0.2:8080 zone=Z\u00fcrich".getBytes(ISO_8859_1));

    assertThat(subscribe().errors)
        .singleElement()
        .extracting(Throwable::getMessage)
        .isEqualTo(file() + ", line 2: column 21: U+FFFD (expected: UTF-8)");
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheFirstLine() throws IOException {
    Files.write(file(), "\ufeff10.0.0.1:8080\n".getBytes(UTF_8));

    assertThat(subscribe().sets).containsExactly(set("10.0.0.1"));
  }

  private RecordingSubscriber subscribe() {
    RecordingSubscriber subscriber = new RecordingSubscriber(newSource(time));
    subscriber.request(Long.MAX_VALUE);
    time.run();
    return subscriber;
  }

  private static EndpointSet set(String... hosts) {
    return EndpointSet.of(Arrays.stream(hosts).map(host -> Endpoint.of(host, 8080)).toList());
  }
}
