package io.penstock.server.testkit;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** Tests of a class that share one gateway and leave nothing behind in it. The provider's scripts and health stay from test to test. */
public abstract class SharedLab {
    protected static Lab lab; // of the one class that runs: classes follow each other

    @BeforeAll
    static void startLab() {
        lab = Lab.start();
    }

    @AfterAll
    static void stopLab() {
        lab.closeEmpty();
    }

    @BeforeEach
    void forgetRequests() {
        lab.provider().forget();
    }
}
