package io.evenkeel.lb.benchmark.fault;

import io.evenkeel.lb.testkit.rig.Reply;
import java.util.Collection;

/**
 * The servers of a {@link Peer}, and its client of them. Requests are sent by many threads at once;
 * faults come from one. Servers have numbers from 0. Closing it ends the servers.
 */
public interface PeerRig extends AutoCloseable {
  /**
   * Sends a request that may be repeated, through all that the library has, and waits for its end.
   * Never throws.
   */
  Reply get();

  /** The same for a request that may be processed but once. */
  Reply post();

  /** Calls one server past the client, without limits of time or repeats. */
  void direct(int server);

  /**
   * Has the client forget what it has learned of the servers, and its attempts. Called while no
   * request is under way.
   */
  void forget();

  /** Kills a server by SIGKILL. */
  void kill(int server);

  /** Stops a server by SIGSTOP. */
  void stop(int server);

  /** Starts a server that was killed on the same port. */
  void restart(int server);

  /**
   * When each attempt of the client's began, by {@link System#nanoTime}: what was sent, or was to
   * be sent over a connection that could not be made. Without {@link #direct} ones.
   */
  Collection<Long> attempts();

  @Override
  void close();
}
