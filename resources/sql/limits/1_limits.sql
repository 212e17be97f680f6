-- What hosts agree on of each provider's limit: holds that it asked for, counts of days, and the windows of Strava.
CREATE TABLE limit_holds (
    name TEXT PRIMARY KEY,
    until TIMESTAMPTZ NOT NULL,
    reason TEXT NOT NULL
);

CREATE TABLE limit_days (
    name TEXT NOT NULL,
    day DATE NOT NULL,
    sent INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    PRIMARY KEY (name, day)
);

CREATE TABLE window_pages (
    name TEXT PRIMARY KEY,
    page TEXT
);
