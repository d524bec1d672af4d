package io.penstock.server;

import io.penstock.store.NewKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a start found and made, for the text that it prints.
 *
 * @param firstKey the key that this start made because there was none; its text is shown once
 * @param interrupted open holds of a process that died, released now
 * @param found model servers that run on this machine, or the demo
 * @param transport {@code epoll} or {@code nio}
 */
public record StartReport(@Nullable NewKey firstKey, int interrupted, List<Found> found, String transport) {
    public StartReport {
        found = List.copyOf(found);
    }

    StartReport(
            @Nullable NewKey firstKey,
            int interrupted,
            Iterable<ProviderRegistryBuilder.Local> locals,
            String transport) {
        this(firstKey, interrupted, Found.of(locals), transport);
    }

    /**
     * A provider that nobody configured.
     *
     * @param why how it was found
     */
    public record Found(String provider, List<String> models, String why) {
        static List<Found> of(Iterable<ProviderRegistryBuilder.Local> locals) {
            List<Found> all = new java.util.ArrayList<>();
            for (ProviderRegistryBuilder.Local local : locals) {
                all.add(new Found(
                        local.provider().id(),
                        local.models().stream().map(LocalModel::id).toList(),
                        local.why()));
            }
            return all;
        }
    }
}
