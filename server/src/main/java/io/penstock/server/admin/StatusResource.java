package io.penstock.server.admin;

import io.penstock.protocol.JsonText;
import io.penstock.server.wire.HttpServer;
import io.penstock.store.Ledger;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** What a running gateway is and how it does. */
public final class StatusResource {
    private final String version;
    private final HttpServer server;
    private final Ledger ledger;
    private final Supplier<List<InetSocketAddress>> addresses;
    private final Supplier<Inventory> inventory;
    private final long startedNanos = System.nanoTime();

    public StatusResource(
            String version,
            HttpServer server,
            Ledger ledger,
            Supplier<List<InetSocketAddress>> addresses,
            Supplier<Inventory> inventory) {
        this.version = version;
        this.server = server;
        this.ledger = ledger;
        this.addresses = addresses;
        this.inventory = inventory;
    }

    AdminAnswer show() {
        Inventory now = inventory.get();
        StringBuilder json = new StringBuilder(256).append("{\"version\":");
        JsonText.quote(json, version);
        json.append(",\"pid\":").append(ProcessHandle.current().pid());
        json.append(",\"uptime_seconds\":").append((System.nanoTime() - startedNanos) / 1_000_000_000);
        json.append(",\"state\":\"").append(server.draining() ? "draining" : "running");
        json.append("\",\"store\":\"")
                .append(ledger.available() ? "ok" : "unavailable")
                .append("\",\"addresses\":[");
        String comma = "";
        for (InetSocketAddress address : addresses.get()) {
            JsonText.quote(json.append(comma), address.getAddress().getHostAddress() + ":" + address.getPort());
            comma = ",";
        }
        json.append("],\"providers\":[");
        comma = "";
        for (Map.Entry<String, String> provider : now.origins().entrySet()) {
            JsonText.quote(json.append(comma).append("{\"id\":"), provider.getKey());
            JsonText.quote(json.append(",\"origin\":"), provider.getValue()).append('}');
            comma = ",";
        }
        json.append("],\"models\":").append(now.catalog().models().size());
        return AdminAnswer.ok(json.append('}'));
    }
}
