-- The small mutable facts, in SQLite so that many processes may write them. Times are UTC, RFC 3339.
-- IF NOT EXISTS, because a file of before the migrations holds these tables, some or all, and no version.

CREATE TABLE IF NOT EXISTS coverage (
    source TEXT NOT NULL,
    resource TEXT NOT NULL,
    account TEXT NOT NULL,
    month TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('complete', 'incomplete', 'unknown')),
    reason TEXT,
    "rows" INTEGER,
    provider_count INTEGER,
    pages INTEGER,
    proven_at TEXT,
    run_id TEXT,
    PRIMARY KEY (source, resource, account, month)
);

CREATE TABLE IF NOT EXISTS failures (
    source TEXT NOT NULL,
    resource TEXT NOT NULL,
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    error_class TEXT NOT NULL,
    message TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    first_failed_at TEXT NOT NULL,
    last_failed_at TEXT NOT NULL,
    next_try TEXT,
    PRIMARY KEY (source, resource, account, id)
);

CREATE TABLE IF NOT EXISTS sync_runs (
    run_id TEXT NOT NULL,
    source TEXT NOT NULL,
    resource TEXT NOT NULL,
    partition TEXT NOT NULL,
    started TEXT NOT NULL,
    ended TEXT,
    requests INTEGER NOT NULL DEFAULT 0,
    minimum_requests INTEGER,
    fetched INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL DEFAULT 0,
    updated INTEGER NOT NULL DEFAULT 0,
    skipped INTEGER NOT NULL DEFAULT 0,
    errors INTEGER NOT NULL DEFAULT 0,
    outcome TEXT NOT NULL DEFAULT 'running',
    stop_reason TEXT,
    exit_code INTEGER,
    resume_at TEXT,
    PRIMARY KEY (run_id, source, resource, partition)
);

CREATE TABLE IF NOT EXISTS drift (
    source TEXT NOT NULL,
    resource TEXT NOT NULL,
    path TEXT NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL,
    first_seen TEXT NOT NULL,
    run_id TEXT NOT NULL,
    PRIMARY KEY (source, resource, path, kind, detail)
);

-- Landed files whose answers are in the lake. Losing this table costs a merge of all of them, nothing else.
CREATE TABLE IF NOT EXISTS merged_files (
    source TEXT NOT NULL,
    resource TEXT NOT NULL,
    file TEXT NOT NULL,
    PRIMARY KEY (source, resource, file)
);

-- Where months begin in a newest-first list, counted from its old end, which new classes do not move.
CREATE TABLE IF NOT EXISTS list_positions (
    source TEXT NOT NULL,
    resource TEXT NOT NULL,
    month TEXT NOT NULL,
    rows_from_end INTEGER NOT NULL,
    PRIMARY KEY (source, resource, month)
);
