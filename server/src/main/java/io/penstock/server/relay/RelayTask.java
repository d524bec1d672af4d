package io.penstock.server.relay;

import io.penstock.protocol.Protocol;
import io.penstock.provider.Masks;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done with a provider's stream.
 *
 * @param protocol what the provider speaks
 * @param usageUnasked whether the usage in OpenAI's chunks must not reach the client
 * @param clientChunked whether the client gets chunks, or (HTTP/1.0) bytes up to the end of the connection
 * @param rewriter null for a relay of the bytes as they are
 * @param masks takes secrets out of errors, and of what is no part of an answer
 * @param watch is shown every event's data and leaves it alone; null for nobody
 */
public record RelayTask(
        Protocol protocol,
        boolean usageUnasked,
        boolean clientChunked,
        @Nullable EventRewriter rewriter,
        Masks masks,
        @Nullable EventWatch watch) {}
