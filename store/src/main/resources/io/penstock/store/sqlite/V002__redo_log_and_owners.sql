-- A redo log bears the id of its database; a copy of the database has the same.
INSERT INTO setting (name, value) VALUES ('database_id', lower(hex(randomblob(8))));

-- The start that runs now is the how many-th.
INSERT INTO setting (name, value) VALUES ('epoch', '0');

-- The redo log that is open; no row: none is.
CREATE TABLE redo_log (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    log_id  INTEGER NOT NULL, -- random, stands in the file too
    boot_id TEXT    NOT NULL, -- of the system, when it was opened
    written INTEGER NOT NULL  -- so many of its records are in the database
) STRICT;

-- Whose hold it is: a random id of the process, and the number of its start.
ALTER TABLE open_hold ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE open_hold ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
