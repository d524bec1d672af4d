package io.penstock.server.testkit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests with a gateway each, which they may close and replace, and leave nothing behind in. */
public abstract class FreshLab {
    protected Lab lab;

    /** The gateway that a test begins with. */
    protected Lab started() {
        return Lab.start();
    }

    @BeforeEach
    void startLab() {
        lab = started();
    }

    @AfterEach
    void stopLab() {
        lab.closeEmpty();
    }
}
