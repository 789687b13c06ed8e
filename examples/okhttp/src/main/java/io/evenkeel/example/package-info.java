/** The demo: unequal servers with faults, and an OkHttp client that rides them out. */
@NullMarked
package io.evenkeel.example;

import org.jspecify.annotations.NullMarked;
