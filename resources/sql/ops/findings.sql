-- table: ops.findings
-- about: What `paceline doctor` found when it looked last: what is broken or will break next, each with its cure.
-- key: source, area, what
-- source: peloton, iracing, strava or machine
-- area: sign-in, sync, drift, schedule, disk, warehouse, clock, settings or dagster
-- what: one sentence
-- severity: broken (does not work now), soon (will break) or note (good to know, nothing breaks)
-- cure: the command that cures it
-- measured_at: UTC
SELECT source, area, what, severity, cure, measured_at::TIMESTAMPTZ AS measured_at
FROM state_rows
ORDER BY CASE severity WHEN 'broken' THEN 1 WHEN 'soon' THEN 2 ELSE 3 END, source, area, what
