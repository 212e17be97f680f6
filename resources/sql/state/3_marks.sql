-- Small facts to remember: when somebody last looked at changes, back to where a list was read, what was granted.
CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
