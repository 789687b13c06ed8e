/** A shop that calls two services by their names, all of them Spring Boot applications. */
@NullMarked
package io.evenkeel.example.spring;

import org.jspecify.annotations.NullMarked;
