-- A track that is played often and has a title long enough to be misspelt.
SELECT title FROM peloton.tracks WHERE regexp_full_match(title, '[A-Za-z ]{12,30}') ORDER BY plays DESC, title LIMIT 1
