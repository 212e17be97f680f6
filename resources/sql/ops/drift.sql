-- table: ops.drift
-- about: Fields of the provider's answers that are unknown to us or changed their type, each reported once.
-- key: source, resource, path, kind, detail
-- source: peloton, iracing or strava
-- resource: the answer
-- path: where in it, for example playlist.songs[].genres
-- kind: unknown or retyped
-- detail: the type that came
-- first_seen: UTC
-- run_id: the Dagster run that saw it
SELECT source, resource, path, kind, detail, first_seen::TIMESTAMPTZ AS first_seen, run_id
FROM state_rows
ORDER BY source, resource, path
