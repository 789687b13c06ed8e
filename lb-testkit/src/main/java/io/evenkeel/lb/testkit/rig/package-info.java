/**
 * A rig of real faults: servers in processes of their own that can be killed and stopped, a proxy
 * that slows, cuts and swallows, a network namespace that goes silent, a constant load that hides
 * no waiting, and an oracle that finds what leaks. Begin with {@link
 * io.evenkeel.lb.testkit.rig.ServerProcess}.
 */
@NullMarked
package io.evenkeel.lb.testkit.rig;

import org.jspecify.annotations.NullMarked;
