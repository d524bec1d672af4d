package io.penstock.server.admin;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.money.Nanos;
import io.penstock.protocol.JsonText;
import java.util.function.Supplier;

/** The models on offer, each with everybody who serves it, and why that one is there. */
public final class ModelsResource {
    private final Supplier<Inventory> inventory;

    public ModelsResource(Supplier<Inventory> inventory) {
        this.inventory = inventory;
    }

    /** All of them. */
    public AdminAnswer list() {
        Inventory now = inventory.get();
        StringBuilder json = new StringBuilder(4096).append("{\"data\":[");
        String comma = "";
        for (Model model : now.catalog().models()) {
            JsonText.quote(json.append(comma).append("{\"id\":"), model.id());
            JsonText.quote(json.append(",\"name\":"), model.name());
            json.append(",\"context\":").append(model.context());
            json.append(",\"max_output\":").append(model.maxOutput()).append(",\"offers\":[");
            comma = "";
            for (Offer offer : model.offers()) {
                JsonText.quote(json.append(comma).append("{\"provider\":"), offer.provider());
                JsonText.quoteOrNull(json.append(",\"origin\":"), now.origins().get(offer.provider()));
                JsonText.quote(json.append(",\"native\":"), offer.nativeId());
                json.append(",\"usd_per_million\":{\"input\":")
                        .append(Nanos.shortest(offer.price().input()));
                json.append(",\"output\":")
                        .append(Nanos.shortest(offer.price().output()))
                        .append("}}");
                comma = ",";
            }
            json.append("]}");
            comma = ",";
        }
        return AdminAnswer.ok(json.append("]}"));
    }
}
