-- Moments that a person or a step wants to remember, such as when somebody last looked at changes.
CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    moment TEXT NOT NULL
);
