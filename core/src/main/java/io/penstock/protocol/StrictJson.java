package io.penstock.protocol;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/** Jackson with the bounds of {@link BodyScanner}: for bytes that somebody else bounds in length. */
public final class StrictJson {
    public static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(BodyScanner.DEPTH_MAX)
                    .maxNumberLength(BodyScanner.NUMBER_BYTES_MAX)
                    .maxNameLength(BodyScanner.NAME_BYTES_MAX)
                    .maxTokenCount(BodyScanner.TOKENS_MAX)
                    .maxStringLength(Integer.MAX_VALUE) // what holds the bytes has its own bound
                    .build())
            .disable(TokenStreamFactory.Feature.CHARSET_DETECTION) // UTF-8, whatever it looks like
            .build();

    private StrictJson() {}
}
