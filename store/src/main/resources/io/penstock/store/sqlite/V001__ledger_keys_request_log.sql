-- Amounts are nano-USD, times are milliseconds since 1970, days are days since 1970 (UTC).

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE gateway_key (
    id                  INTEGER PRIMARY KEY,
    name                TEXT    NOT NULL,
    label               TEXT    NOT NULL,
    hash                BLOB    NOT NULL UNIQUE, -- HMAC-SHA-256(pepper, text); the text is nowhere
    status              TEXT    NOT NULL,        -- active, disabled, revoked
    declared            INTEGER NOT NULL,        -- 1: works only while the configuration declares it
    keepalive           TEXT    NOT NULL,        -- comment, data
    created_at_millis   INTEGER NOT NULL,
    expires_at_millis   INTEGER,
    last_used_at_millis INTEGER
) STRICT;

CREATE TABLE account (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

INSERT INTO account (id, name) VALUES (1, 'organisation'), (2, 'usage'), (3, 'funding');

-- One row per transfer, from the debit to the credit account; the key makes a repeat change nothing. Request ids begin
-- with the time, so that rows join at the right edge of the tree.
CREATE TABLE ledger_entry (
    request_id        TEXT    NOT NULL,
    kind              INTEGER NOT NULL, -- 1 hold, 2 settlement, 3 release: EntryKind
    key_id            INTEGER NOT NULL,
    debit_account_id  INTEGER NOT NULL,
    credit_account_id INTEGER NOT NULL,
    amount_nanos      INTEGER NOT NULL CHECK (amount_nanos >= 0),
    flags             INTEGER NOT NULL, -- 1 estimated, 2 over the hold, 4 interrupted
    at_millis         INTEGER NOT NULL,
    PRIMARY KEY (request_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER ledger_entry_is_never_edited BEFORE UPDATE ON ledger_entry
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;

CREATE TRIGGER ledger_entry_is_never_deleted BEFORE DELETE ON ledger_entry
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;

-- Holds without an end: what a start has to release. Working data, nothing that the ledger does not hold too.
CREATE TABLE open_hold (
    request_id   TEXT    NOT NULL PRIMARY KEY,
    key_id       INTEGER NOT NULL,
    amount_nanos INTEGER NOT NULL,
    at_millis    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Sums of the settlements, kept in their transactions, so that a start reads no history. Day 0 is all days together.
CREATE TABLE key_spend (
    key_id       INTEGER NOT NULL,
    day          INTEGER NOT NULL,
    spent_nanos  INTEGER NOT NULL,
    settlements  INTEGER NOT NULL,
    PRIMARY KEY (key_id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE request_log (
    request_id            TEXT    NOT NULL PRIMARY KEY,
    key_id                INTEGER NOT NULL, -- 0: none
    face                  TEXT,
    requested_model       TEXT,
    model                 TEXT,
    provider              TEXT,
    streamed              INTEGER NOT NULL,
    status                INTEGER NOT NULL,
    outcome               INTEGER NOT NULL, -- Outcome
    attempts              INTEGER NOT NULL,
    at_millis             INTEGER NOT NULL,
    first_byte_micros     INTEGER NOT NULL, -- -1: no byte came
    duration_micros       INTEGER NOT NULL,
    input_tokens          INTEGER NOT NULL,
    cache_read_tokens     INTEGER NOT NULL,
    cache_write_tokens    INTEGER NOT NULL,
    cache_write_1h_tokens INTEGER NOT NULL,
    output_tokens         INTEGER NOT NULL,
    reasoning_tokens      INTEGER NOT NULL,
    cost_nanos            INTEGER NOT NULL,
    estimated             INTEGER NOT NULL,
    finish_reason         TEXT,
    route                 TEXT,
    client_request_id     TEXT,
    app                   TEXT
) STRICT, WITHOUT ROWID;

-- Where the probe of a full disk writes: a row of some pages that is deleted again.
CREATE TABLE write_probe (
    id     INTEGER PRIMARY KEY,
    filler BLOB NOT NULL
) STRICT;
