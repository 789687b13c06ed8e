@NullMarked
package io.evenkeel.lb.grpc;

import org.jspecify.annotations.NullMarked;
