-- table: iracing.seasons
-- about: Seasons of series, running and past. What is not told of a past one is NULL.
-- key: season_id
-- season_id: the provider's id; series, year and quarter are no key, since there were up to three in a quarter before 2014
-- series_id: see iracing.series
-- series_name: the name of the series in that season
-- season_name: full name
-- season_short_name: short name, usually year and number
-- season_year: the provider's year; a season may begin in December of the year before
-- season_quarter: 1 to 4
-- start_date: when the provider lets it begin; its first race week may begin days later
-- active: whether the newest document about it calls it active
-- complete: whether the provider calls it complete
-- official: whether results count for ratings
-- fixed_setup: whether all drive the same set-up
-- license_group: licence group: 1 Rookie, 2 D, 3 C, 4 B, 5 A, 6 and 7 Pro; 0 none
-- max_weeks: number of race weeks
-- drops: weeks that do not count
-- car_class_ids: see iracing.car_classes
-- multiclass: several classes in one race
-- car_switching: cars differ from week to week
-- driver_changes: team races
-- max_team_drivers: most drivers of a team
-- has_supersessions: whether it has super sessions
-- incident_limit: incidents until disqualification
-- region_competition: regional standings
-- is_heat_racing: heats instead of one race
-- schedule_description: the provider's words on when it races
-- has_schedule: whether its race weeks are in iracing.events
WITH full_told AS (
    SELECT
        id AS season_id,
        from_json(entity, '{
            "series_id": "BIGINT", "season_name": "VARCHAR", "season_short_name": "VARCHAR", "season_year": "INTEGER",
            "season_quarter": "INTEGER", "start_date": "VARCHAR", "active": "BOOLEAN", "complete": "BOOLEAN",
            "official": "BOOLEAN", "fixed_setup": "BOOLEAN", "license_group": "INTEGER", "max_weeks": "INTEGER",
            "drops": "INTEGER", "car_class_ids": ["BIGINT"], "multiclass": "BOOLEAN", "car_switching": "BOOLEAN",
            "driver_changes": "BOOLEAN", "max_team_drivers": "INTEGER", "has_supersessions": "BOOLEAN",
            "incident_limit": "INTEGER", "region_competition": "BOOLEAN", "is_heat_racing": "BOOLEAN",
            "schedule_description": "VARCHAR"
        }') AS told
    FROM iracing_entities
    WHERE kind = 'season'
),
past AS (
    SELECT
        id AS season_id,
        from_json(entity, '{
            "series_id": "BIGINT", "season_name": "VARCHAR", "season_short_name": "VARCHAR", "season_year": "INTEGER",
            "season_quarter": "INTEGER", "active": "BOOLEAN", "official": "BOOLEAN", "fixed_setup": "BOOLEAN",
            "license_group": "INTEGER", "driver_changes": "BOOLEAN", "has_supersessions": "BOOLEAN",
            "car_switching": "BOOLEAN", "car_classes": [{"car_class_id": "BIGINT"}]
        }') AS told
    FROM iracing_entities
    WHERE kind = 'past_season'
),
listed AS (
    SELECT
        id AS season_id,
        from_json(entity, '{
            "series_id": "BIGINT", "series_name": "VARCHAR", "season_name": "VARCHAR", "season_year": "INTEGER",
            "season_quarter": "INTEGER", "official": "BOOLEAN", "fixed_setup": "BOOLEAN", "license_group": "INTEGER",
            "driver_changes": "BOOLEAN"
        }') AS told
    FROM iracing_entities
    WHERE kind = 'listed_season'
),
scheduled AS (
    SELECT
        season_id, arg_min(series_id, race_week_num) AS series_id, arg_min(series_name, race_week_num) AS series_name,
        arg_min(season_name, race_week_num) AS season_name, count(*)::INTEGER AS weeks
    FROM current_weeks
    GROUP BY season_id
),
newest_list AS (
    SELECT max(seen_at) AS seen_at FROM iracing_entities WHERE kind = 'season'
),
last_told AS (
    SELECT id AS season_id, seen_at FROM iracing_entities WHERE kind = 'season'
),
known AS (
    SELECT season_id FROM full_told
    UNION
    SELECT season_id FROM past
    UNION
    SELECT season_id FROM listed
    UNION
    SELECT season_id FROM scheduled
)
SELECT
    k.season_id,
    coalesce(f.told.series_id, p.told.series_id, l.told.series_id, s.series_id) AS series_id,
    coalesce(s.series_name, told(l.told.series_name)) AS series_name,
    coalesce(told(f.told.season_name), told(p.told.season_name), told(l.told.season_name), s.season_name) AS season_name,
    coalesce(told(f.told.season_short_name), told(p.told.season_short_name)) AS season_short_name,
    coalesce(f.told.season_year, p.told.season_year, l.told.season_year) AS season_year,
    coalesce(f.told.season_quarter, p.told.season_quarter, l.told.season_quarter) AS season_quarter,
    TRY_CAST(f.told.start_date AS TIMESTAMPTZ) AS start_date,
    -- The list of all active seasons is whole: what a newer one no longer shows is over.
    CASE
        WHEN f.season_id IS NOT NULL THEN coalesce(f.told.active, true) AND t.seen_at = n.seen_at
        ELSE p.told.active
    END AS active,
    f.told.complete AS complete,
    coalesce(f.told.official, p.told.official, l.told.official) AS official,
    coalesce(f.told.fixed_setup, p.told.fixed_setup, l.told.fixed_setup) AS fixed_setup,
    coalesce(f.told.license_group, p.told.license_group, l.told.license_group) AS license_group,
    coalesce(f.told.max_weeks, s.weeks) AS max_weeks,
    f.told.drops AS drops,
    coalesce(f.told.car_class_ids, list_transform(p.told.car_classes, lambda c: c.car_class_id)) AS car_class_ids,
    f.told.multiclass AS multiclass,
    coalesce(f.told.car_switching, p.told.car_switching) AS car_switching,
    coalesce(f.told.driver_changes, p.told.driver_changes, l.told.driver_changes) AS driver_changes,
    f.told.max_team_drivers AS max_team_drivers,
    coalesce(f.told.has_supersessions, p.told.has_supersessions) AS has_supersessions,
    f.told.incident_limit AS incident_limit,
    f.told.region_competition AS region_competition,
    f.told.is_heat_racing AS is_heat_racing,
    told(f.told.schedule_description) AS schedule_description,
    s.season_id IS NOT NULL AS has_schedule
FROM known AS k
LEFT JOIN full_told AS f USING (season_id)
LEFT JOIN past AS p USING (season_id)
LEFT JOIN listed AS l USING (season_id)
LEFT JOIN scheduled AS s USING (season_id)
LEFT JOIN last_told AS t USING (season_id)
CROSS JOIN newest_list AS n
ORDER BY season_id
