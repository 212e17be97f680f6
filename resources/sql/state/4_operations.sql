-- What `paceline status` and the operations assets measured last; each measure replaces the one before.
CREATE TABLE connections (
    source TEXT NOT NULL,
    account TEXT NOT NULL,
    state TEXT NOT NULL,
    renews_itself INTEGER NOT NULL,
    token_obtained_at TEXT,
    access_ends_at TEXT,
    note TEXT NOT NULL,
    measured_at TEXT NOT NULL,
    PRIMARY KEY (source, account)
);
CREATE TABLE limits (
    source TEXT NOT NULL,
    limit_name TEXT NOT NULL,
    allowed REAL,
    used INTEGER NOT NULL,
    remaining REAL,
    resets_at TEXT,
    measured_at TEXT NOT NULL,
    PRIMARY KEY (source, limit_name)
);
CREATE TABLE backlog (
    source TEXT NOT NULL,
    resource TEXT NOT NULL,
    account TEXT NOT NULL,
    requests_left INTEGER NOT NULL,
    is_at_least INTEGER NOT NULL,
    months_left INTEGER,
    allowed TEXT NOT NULL,
    done_at TEXT,
    background_done_at TEXT,
    measured_at TEXT NOT NULL,
    PRIMARY KEY (source, resource, account)
);
-- What is broken or will break next.
CREATE TABLE findings (
    source TEXT NOT NULL,
    area TEXT NOT NULL,
    what TEXT NOT NULL,
    severity TEXT NOT NULL,
    cure TEXT NOT NULL,
    measured_at TEXT NOT NULL,
    PRIMARY KEY (source, area, what)
);
-- One measure a day, the last; old days are thrown away.
CREATE TABLE sizes (
    day TEXT NOT NULL,
    room TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    files INTEGER,
    measured_at TEXT NOT NULL,
    PRIMARY KEY (day, room)
);
