package io.evenkeel.lb.failover.pattern;

import static java.lang.System.Logger.Level.WARNING;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.ChoiceLog;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.Explanation;
import io.evenkeel.lb.Lease;
import io.evenkeel.lb.NoEndpointException;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Balancers of which one at a time is active, such as one for each region or each replica of a
 * database: the first of them that is fit, or whom a {@link Leadership} names. To be used like any
 * balancer. Thread-safe.
 *
 * <pre>{@code
 * Standby regions = Standby.of("orders", orders, payments);
 * Failover calls = Failover.of(regions);
 * }</pre>
 *
 * <p>When the active one is unfit, the first in the order that is fit replaces it; while none is,
 * it stays. A preferred one that was fit for the hold-down replaces it in turn, or people do. How
 * fit they are is what their health policies say: without any, all are fit for ever.
 *
 * <p>No {@linkplain #lease lease} of a balancer begins after another has become active. Those that
 * have begun go on to their ends, so for these two may be at work. A leader may have changed
 * without this JVM having heard of it: to be safe from that, servers have to check who leads, too.
 *
 * <p>Memory: a lease is counted by its node before the active balancer is read again; a switch is
 * written before anybody looks at those counts. So one of the two sees the other.
 */
public final class Standby implements Balancer {
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.failover");

  private final String name;
  private final Members members;
  private final Predicate<Balancer> fit;
  private final long lookNanos;
  private final long patienceNanos;
  private final long holdDownNanos;
  private final boolean manualFailBack;
  private final @Nullable Leadership leadership;
  private final Consumer<Switch> listener;
  private final Ticker ticker;
  private final Scheduler scheduler;

  /** Stands in while none is active. */
  private final Balancer nobody;

  private final AtomicReference<Standing> standing;
  private final AtomicBoolean logged = new AtomicBoolean();
  private volatile boolean closed;
  private volatile Scheduler.@Nullable Scheduled next;
  private volatile Leadership.@Nullable Watch watch;

  Standby(StandbyBuilder settings) {
    this.name = settings.name;
    this.members = settings.members;
    this.fit = settings.fit;
    this.lookNanos = settings.lookEvery.toNanos();
    this.patienceNanos = settings.patience.toNanos();
    this.holdDownNanos = settings.holdDown.toNanos();
    this.manualFailBack = settings.manualFailBack;
    this.leadership = settings.leadership;
    this.listener = settings.listener;
    this.ticker = settings.ticker;
    this.scheduler = settings.scheduler;
    this.nobody = Nobody.balancer(name, ticker, scheduler);
    int first = leadership == null ? 0 : Members.NONE;
    this.standing = new AtomicReference<>(Standing.first(first, members.size(), ticker.read()));
  }

  void start() {
    if (leadership == null) {
      lookLater();
    } else {
      watch = leadership.watch(this::lead);
    }
  }

  /**
   * With the defaults of {@link StandbyBuilder}.
   *
   * @param name what this balancer is called
   * @param primary the one that is preferred
   * @param standbys the others, in the order in which they are preferred
   * @throws IllegalArgumentException if two have the same name
   */
  public static Standby of(String name, Balancer primary, Balancer... standbys) {
    List<Balancer> all = new ArrayList<>(List.of(standbys));
    all.add(0, primary);
    return builder(name, all).build();
  }

  /**
   * Begins one with other settings.
   *
   * @param name what this balancer is called
   * @param balancers in the order in which they are preferred. They stay their owner's to close
   * @throws IllegalArgumentException if two have the same name, or there is none
   */
  public static StandbyBuilder builder(String name, List<Balancer> balancers) {
    return new StandbyBuilder(name, balancers);
  }

  /** The balancer that is active; empty while nobody leads. */
  public Optional<Balancer> active() {
    return members.find(standing.get().active);
  }

  /**
   * Makes a balancer the active one now, fit or not. It stays so until it is unfit, or {@link
   * #failBack}: before, no preferred one replaces it.
   *
   * @param balancer its name
   * @throws IllegalArgumentException if there is none of this name
   * @throws IllegalStateException if a {@link Leadership} decides
   */
  public void switchTo(String balancer) {
    refuseIfLed();
    int member = members.place(balancer);
    if (member == Members.NONE) {
      throw new IllegalArgumentException(
          "balancer: " + balancer + " (expected: one of " + members.names() + ")");
    }
    change(before -> before.order(member), Switch.Cause.ORDER);
  }

  /**
   * Makes the first fit balancer the active one now, whether or not it was fit for the hold-down.
   *
   * @throws IllegalStateException if a {@link Leadership} decides
   */
  public void failBack() {
    refuseIfLed();
    change(Standing::failBack, Switch.Cause.FAIL_BACK);
  }

  private void refuseIfLed() {
    if (leadership != null) {
      throw new IllegalStateException(name + ": the leadership decides who is active");
    }
  }

  private void lead(@Nullable String leader) {
    int member = members.place(leader);
    change(before -> before.lead(member), Switch.Cause.LEADERSHIP);
  }

  private void lookLater() {
    Scheduler.Scheduled scheduled = scheduler.schedule(this::look, lookNanos);
    next = scheduled;
    if (closed) {
      scheduled.cancel();
    }
  }

  private void look() {
    if (closed) {
      return;
    }
    try {
      boolean[] seen = new boolean[members.size()];
      for (int i = 0; i < seen.length; i++) {
        seen[i] = isFit(members.at(i, nobody));
      }
      long now = ticker.read();
      change(before -> before.seen(seen, now).failOver(patienceNanos, now), Switch.Cause.FAIL_OVER);
      if (!manualFailBack) {
        change(before -> before.failBack(holdDownNanos, now), Switch.Cause.FAIL_BACK);
      }
    } finally {
      lookLater();
    }
  }

  private boolean isFit(Balancer balancer) {
    try {
      return fit.test(balancer);
    } catch (RuntimeException e) {
      failed("fitness of " + balancer.name(), e);
      return false;
    }
  }

  private void change(UnaryOperator<Standing> step, Switch.Cause cause) {
    Standing before = standing.get();
    Standing after = step.apply(before);
    while (!closed && !standing.compareAndSet(before, after)) {
      before = standing.get();
      after = step.apply(before);
    }
    if (!closed && before.active != after.active) {
      try {
        listener.accept(
            new Switch(name, members.name(before.active), members.name(after.active), cause));
      } catch (RuntimeException e) {
        failed("listener", e);
      }
    }
  }

  private void failed(String component, Exception thrown) {
    if (logged.compareAndSet(false, true)) {
      LOG.log(WARNING, name + ": " + component + " of a standby threw", thrown);
    }
  }

  /** The balancer to ask now. */
  private Balancer present() {
    return closed ? nobody : members.at(standing.get().active, nobody);
  }

  @Override
  public String name() {
    return name;
  }

  /**
   * Chooses a node of the active balancer. It reserves nothing, so another may be active by the
   * time that the request begins: only {@link #lease} sees to that.
   */
  @Override
  public Node select(RequestContext context) {
    return present().select(context);
  }

  @Override
  public Lease lease(RequestContext context) {
    Balancer asked = present();
    while (true) {
      Lease lease;
      try {
        lease = asked.lease(context);
      } catch (NoEndpointException e) {
        Balancer now = present();
        if (now == asked) {
          throw e;
        }
        asked = now;
        continue;
      }
      Balancer now = present();
      if (now == asked) {
        return lease;
      }
      lease.end(Outcome.CANCELLED);
      asked = now;
    }
  }

  @Override
  public Explanation explain(RequestContext context) {
    return present().explain(context);
  }

  /** Keeps choices of the balancer that is active now. */
  @Override
  public ChoiceLog record(int size, int oneIn) {
    return present().record(size, oneIn);
  }

  @Override
  public EndpointSet endpoints() {
    return present().endpoints();
  }

  @Override
  public List<Node> nodes() {
    return present().nodes();
  }

  /** That of the active balancer. */
  @Override
  public double capacity() {
    return present().capacity();
  }

  /** Completes with the endpoints of the balancer that is ready first, active or not. */
  @Override
  public CompletionStage<EndpointSet> ready(Duration limit) {
    return members.ready(limit);
  }

  /** Stops looking, and refuses requests from now on. The balancers stay open. */
  @Override
  public void close() {
    nobody.close();
    closed = true;
    Scheduler.Scheduled scheduled = next;
    if (scheduled != null) {
      scheduled.cancel();
    }
    Leadership.Watch leaders = watch;
    if (leaders != null) {
      leaders.close();
    }
  }

  @Override
  public String toString() {
    String active = active().map(Balancer::name).orElse("nobody");
    return "Standby[" + name + ", active " + active + " of " + members + "]";
  }
}
