/** What the Spring Boot starter is worth to an application, and what it costs. */
@NullMarked
package io.evenkeel.lb.benchmark.boot;

import org.jspecify.annotations.NullMarked;
