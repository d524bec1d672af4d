package io.penstock.server.config;

import io.penstock.catalog.Modality;
import io.penstock.routing.Preference;
import io.penstock.store.Durability;
import io.penstock.store.Keepalive;

/** The file's words for values that other packages own. Each throws {@link Unfit} for a word that is none. */
final class Words {
    private Words() {}

    static Preference preference(String field, String text) {
        return Preference.parse(text)
                .orElseThrow(() ->
                        Unfit.shown(field, text, "quality, balanced, price, speed, or 0 (cheapest) to 10 (best)"));
    }

    static Keepalive keepalive(String field, String text) {
        return switch (text) {
            case "comment" -> Keepalive.COMMENT;
            case "data" -> Keepalive.DATA;
            default -> throw Unfit.shown(field, text, "comment or data");
        };
    }

    static Durability durability(String field, String text) {
        return switch (text) {
            case "process" -> Durability.PROCESS;
            case "power" -> Durability.POWER;
            default -> throw Unfit.shown(field, text, "process or power");
        };
    }

    static Modality modality(String field, String text) {
        return switch (text) {
            case "text" -> Modality.TEXT;
            case "image" -> Modality.IMAGE;
            case "audio" -> Modality.AUDIO;
            case "file", "pdf" -> Modality.FILE;
            case "video" -> Modality.VIDEO;
            default -> throw Unfit.shown(field, text, "text, image, audio, file (or pdf), video");
        };
    }
}
