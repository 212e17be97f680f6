-- The state file as the release before migrations made it, with a row or two in each table. It had no version.
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS coverage (
    source TEXT NOT NULL, resource TEXT NOT NULL, account TEXT NOT NULL, month TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('complete', 'incomplete', 'unknown')),
    reason TEXT, "rows" INTEGER, provider_count INTEGER, pages INTEGER, proven_at TEXT, run_id TEXT,
    PRIMARY KEY (source, resource, account, month)
);
INSERT INTO coverage VALUES
    ('peloton', 'ride_list', '', '2024-03', 'complete', NULL, 41, NULL, 1, '2024-04-09T05:17:00.000000+00:00', 'a'),
    ('peloton', 'ride_list', '', '2024-04', 'incomplete', 'stopped', NULL, NULL, NULL, NULL, 'b');
CREATE TABLE IF NOT EXISTS failures (
    source TEXT NOT NULL, resource TEXT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL,
    error_class TEXT NOT NULL, message TEXT NOT NULL, attempts INTEGER NOT NULL,
    first_failed_at TEXT NOT NULL, last_failed_at TEXT NOT NULL, next_try TEXT,
    PRIMARY KEY (source, resource, account, id)
);
INSERT INTO failures VALUES
    ('peloton', 'ride_details', '', 'gone', 'NotServed', 'No such class. It is not asked for again.', 2,
     '2024-03-01T00:00:00.000000+00:00', '2024-04-01T00:00:00.000000+00:00', '2024-05-01T00:00:00.000000+00:00');
CREATE TABLE IF NOT EXISTS sync_runs (
    run_id TEXT NOT NULL, source TEXT NOT NULL, resource TEXT NOT NULL, partition TEXT NOT NULL,
    started TEXT NOT NULL, ended TEXT, requests INTEGER NOT NULL DEFAULT 0, minimum_requests INTEGER,
    fetched INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL DEFAULT 0, updated INTEGER NOT NULL DEFAULT 0,
    skipped INTEGER NOT NULL DEFAULT 0, errors INTEGER NOT NULL DEFAULT 0,
    outcome TEXT NOT NULL DEFAULT 'running', stop_reason TEXT, exit_code INTEGER, resume_at TEXT,
    PRIMARY KEY (run_id, source, resource, partition)
);
INSERT INTO sync_runs (run_id, source, resource, partition, started, requests, outcome) VALUES
    ('a', 'peloton', 'ride_list', '2024-03', '2024-04-09T05:17:00.000000+00:00', 3, 'done');
CREATE TABLE IF NOT EXISTS drift (
    source TEXT NOT NULL, resource TEXT NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL,
    first_seen TEXT NOT NULL, run_id TEXT NOT NULL,
    PRIMARY KEY (source, resource, path, kind, detail)
);
INSERT INTO drift VALUES
    ('peloton', 'ride_details', 'brand_new', 'unknown', 'object', '2024-04-09T05:17:00.000000+00:00', 'a');
CREATE TABLE IF NOT EXISTS merged_files (
    source TEXT NOT NULL, resource TEXT NOT NULL, file TEXT NOT NULL, PRIMARY KEY (source, resource, file)
);
INSERT INTO merged_files VALUES ('peloton', 'ride_archived', '2024-04-09/20240409T051700000000-1-0.ndjson.zst');
CREATE TABLE IF NOT EXISTS list_positions (
    source TEXT NOT NULL, resource TEXT NOT NULL, month TEXT NOT NULL, rows_from_end INTEGER NOT NULL,
    PRIMARY KEY (source, resource, month)
);
INSERT INTO list_positions VALUES ('peloton', 'ride_list', '2024-03', 912);
