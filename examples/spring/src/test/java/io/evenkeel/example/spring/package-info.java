@NullMarked
package io.evenkeel.example.spring;

import org.jspecify.annotations.NullMarked;
