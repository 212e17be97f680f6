-- Why a month holds more or fewer rows than the provider counts, row by row; written together with its coverage.
CREATE TABLE differences (
    source TEXT NOT NULL,
    resource TEXT NOT NULL,
    account TEXT NOT NULL,
    month TEXT NOT NULL,
    id TEXT NOT NULL,
    reason TEXT NOT NULL,
    effect INTEGER NOT NULL,
    run_id TEXT,
    PRIMARY KEY (source, resource, account, month, id, reason)
);
