-- Tokens of several hosts, as JSON; on one host each provider has a file instead. Secret from the first byte to the last.
CREATE TABLE tokens (
    provider TEXT NOT NULL,
    account TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (provider, account)
);
