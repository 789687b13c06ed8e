package io.evenkeel.lb;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Why a balancer would choose what it would choose: what {@link Balancer#explain} returns. Either
 * {@code choice} or {@code refusal} is null.
 *
 * <p>{@link #toString} is a table of a bounded number of lines. Text from outside cannot add lines
 * to it.
 *
 * @param balancer the name of the balancer
 * @param strategy the strategy in its own words
 * @param nowNanos when this was, by the balancer's ticker
 * @param panic whether health is set aside, because too few endpoints are fit
 * @param candidates all endpoints of the latest set, in the order of their ids
 * @param why what the strategy and the balancer have to say of the choice; safe to print
 * @param choice the endpoint that would be chosen
 * @param refusal why there is nothing to choose
 */
public record Explanation(
    String balancer,
    String strategy,
    long nowNanos,
    boolean panic,
    List<Candidate> candidates,
    List<String> why,
    @Nullable Endpoint choice,
    @Nullable NoEndpointException refusal) {
  private static final int ROWS = 20;
  private static final int ID_LENGTH = 60;

  /** Copies the lists. */
  public Explanation {
    candidates = List.copyOf(candidates);
    why = List.copyOf(why);
  }

  /**
   * One endpoint, as the balancer sees it for the request.
   *
   * @param endpoint its facts; {@link Endpoint#weight} is what was configured
   * @param inFlight requests that have begun and not ended
   * @param load the load that one more request would meet, in the unit of the strategy's metric
   * @param weight what the strategy is offered it with; 0 if it is not offered
   * @param health from 0 to 1, as last judged; 1 where nobody judges
   * @param exclusion why it is not to be chosen; null if it may be
   */
  public record Candidate(
      Endpoint endpoint,
      int inFlight,
      double load,
      double weight,
      double health,
      @Nullable Exclusion exclusion) {}

  /** Why an endpoint is not to be chosen. */
  public enum Exclusion {
    /** It is out of service on purpose: by its weight of 0, or withdrawn. */
    DRAINED,
    /** Its health is 0. */
    UNFIT,
    /** The request has tried it; it is chosen only where all others are excluded, too. */
    TRIED;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(balancer).append(" at ").append(nowNanos).append(" ns: ");
    if (choice != null) {
      text.append("chose ").append(id(choice));
    } else if (refusal != null) {
      text.append(refusal.reason()).append(", ").append(refusal.getMessage());
    }
    text.append("\nstrategy: ").append(strategy).append("\nendpoints: ").append(candidates.size());
    for (Exclusion exclusion : Exclusion.values()) {
      long count = candidates.stream().filter(each -> each.exclusion == exclusion).count();
      if (count > 0) {
        text.append(", ").append(count).append(' ').append(exclusion);
      }
    }
    text.append(panic ? ", panic: health is set aside\n" : "\n");
    why.forEach(phrase -> text.append("why: ").append(phrase).append('\n'));
    return candidates.isEmpty() ? text.toString() : table(text).toString();
  }

  private StringBuilder table(StringBuilder text) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("", "endpoint", "in flight", "load", "weight", "of", "health", ""));
    candidates.stream().filter(this::isChoice).map(each -> row("*", each)).forEach(rows::add);
    candidates.stream()
        .filter(each -> !isChoice(each))
        .limit(ROWS - (rows.size() - 1))
        .map(each -> row("", each))
        .forEach(rows::add);
    int[] widths = new int[rows.get(0).size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        boolean left = i <= 1 || i == widths.length - 1;
        String space = " ".repeat(widths[i] - row.get(i).length());
        line.append(left ? row.get(i) + space : space + row.get(i)).append("  ");
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    int more = candidates.size() - (rows.size() - 1);
    return more > 0 ? text.append("... and ").append(more).append(" more\n") : text;
  }

  private boolean isChoice(Candidate candidate) {
    return choice != null && candidate.endpoint.id().equals(choice.id());
  }

  private static List<String> row(String mark, Candidate candidate) {
    return List.of(
        mark,
        id(candidate.endpoint),
        Integer.toString(candidate.inFlight),
        number(candidate.load),
        number(candidate.weight),
        number(candidate.endpoint.weight()),
        number(candidate.health),
        candidate.exclusion == null ? "" : candidate.exclusion.toString());
  }

  /** For people: cut where it is long, though two may then look alike. */
  private static String id(Endpoint endpoint) {
    return Printable.line(endpoint.id(), ID_LENGTH);
  }

  /** To four digits, or whole. */
  private static String number(double value) {
    double size = Math.abs(value);
    if (size < 1e15 && (size >= 1000 || value == Math.rint(value))) {
      return Long.toString(Math.round(value));
    }
    return Double.isFinite(value)
        ? new BigDecimal(value, new MathContext(4)).stripTrailingZeros().toString()
        : Double.toString(value);
  }
}
