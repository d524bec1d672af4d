package io.penstock.protocol.translate;

/** A form that requests or answers of clients have. On the chat path a request may have another form than its answer (Cursor). */
public enum Form {
    /** {@code POST …/chat/completions}. */
    CHAT,
    /** {@code POST …/v1/messages}. */
    MESSAGES,
    /** {@code POST …/responses}. */
    RESPONSES,
    /** {@code POST …/completions}: one text in, one text out. */
    COMPLETIONS
}
