package io.penstock.protocol.translate;

import java.util.ArrayList;
import java.util.List;

/** What one side said at one time. Results of tools are said by the user's side. */
final class Turn {
    enum Role {
        SYSTEM,
        USER,
        ASSISTANT
    }

    private final Role role;
    private final List<Part> parts = new ArrayList<>();

    Turn(Role role) {
        this.role = role;
    }

    Role role() {
        return role;
    }

    /** In order; may be added to while a request is read. */
    List<Part> parts() {
        return parts;
    }

    boolean has(Class<? extends Part> kind) {
        for (Part part : parts) {
            if (kind.isInstance(part)) {
                return true;
            }
        }
        return false;
    }
}
