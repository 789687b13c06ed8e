package io.evenkeel.lb.spring;

/** What nobody may need. */
public final class StarterOffender {}
