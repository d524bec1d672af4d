package io.penstock.server.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import java.io.InputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Whether a provider that speaks Anthropic's messages counts tokens too. Few say so, and more do: it is found out by asking
 * with the first request for a count. Where there is no count, ours is as good as it gets, so no failure here is the client's.
 *
 * <p>Safe from any thread, without a lock: what is forgotten is asked once more.
 */
public final class CountSupport {
    private static final long ABSENT_NANOS = 3_600_000_000_000L; // the path is not known there; until a new version is
    private static final long FAILED_NANOS = 60_000_000_000L;
    private static final int ANSWER_BYTES_MAX = 64 * 1024; // a count has some 30
    private static final JsonFactory JSON = JsonFactory.builder().build();

    private final Mark silent = new Mark();
    private volatile boolean counts;

    /** @param documented whether the provider says that it counts */
    CountSupport(boolean documented) {
        counts = documented;
    }

    /** Whether the next count is asked for there. */
    public boolean asked() {
        return !silent.holds();
    }

    /**
     * An answer of success came. False if it is no count: some servers answer 200 to a path that they do not know.
     *
     * @param json of the answer, left alone
     */
    public boolean answered(ByteBuf json) {
        boolean count = json.readableBytes() <= ANSWER_BYTES_MAX && isCount(json.slice());
        if (count) {
            counts = true;
            silent.clear();
        } else {
            absent();
        }
        return count;
    }

    /** A refusal came. True if it is about the request, and for the client to hear: by a provider that is known to count. */
    public boolean refused(int status) {
        boolean requests = status == 400 || status == 413 || status == 422;
        if (counts && requests) {
            return true;
        }
        if (status == 404 || status == 405 || status == 501) {
            absent();
        } else {
            failed();
        }
        return false;
    }

    /** No answer came, or none in time. */
    public void failed() {
        if (!silent.holds()) {
            silent.until(System.nanoTime() + FAILED_NANOS);
        }
    }

    private void absent() {
        if (!counts) { // else it is the model that is not known there
            silent.until(System.nanoTime() + ABSENT_NANOS);
        }
    }

    private static boolean isCount(ByteBuf json) {
        try (JsonParser parser =
                JSON.createParser(ObjectReadContext.empty(), (InputStream) new ByteBufInputStream(json))) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            boolean found = false;
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                boolean tokens = parser.currentName().equals("input_tokens");
                found |= parser.nextToken() == JsonToken.VALUE_NUMBER_INT && tokens;
                parser.skipChildren();
            }
            return found;
        } catch (JacksonException broken) {
            return false;
        }
    }
}
