package io.penstock.catalog;

import java.util.Locale;

/** A kind of content that a model reads or makes. */
public enum Modality {
    TEXT,
    IMAGE,
    AUDIO,
    VIDEO,
    /** Documents, in practice PDF. */
    FILE,
    /** Vectors for texts. */
    EMBEDDINGS;

    /** The name in configuration, in the data file and in model listings. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The modality of that name, in any case; {@code pdf} is a file.
     *
     * @throws IllegalArgumentException for any other name
     */
    public static Modality named(String name) {
        String wanted = name.toLowerCase(Locale.ROOT);
        if (wanted.equals("pdf")) {
            return FILE;
        }
        for (Modality modality : values()) {
            if (modality.label().equals(wanted)) {
                return modality;
            }
        }
        throw new IllegalArgumentException(
                "modality: " + name + " (expected: text, image, audio, video, file or embeddings)");
    }
}
