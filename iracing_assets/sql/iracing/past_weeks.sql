-- table: iracing.past_weeks
-- about: Which track a past season raced on in which week. Their dates are known only where iracing.events has the week.
-- key: season_id, race_week_num
-- season_id: see iracing.seasons
-- race_week_num: week of the season, from 0; some seasons show only a part of their weeks
-- track_id: see iracing.tracks
-- track_name: name as told then
-- config_name: layout as told then
WITH told_weeks AS (
    SELECT
        id AS season_id,
        unnest(from_json(json_extract(entity, '$.race_weeks'), '[{
            "race_week_num": "INTEGER",
            "track": {"track_id": "BIGINT", "track_name": "VARCHAR", "config_name": "VARCHAR"}
        }]')) AS week
    FROM iracing_entities
    WHERE kind = 'past_season'
)
SELECT
    season_id,
    week.race_week_num AS race_week_num,
    week.track.track_id AS track_id,
    told(week.track.track_name) AS track_name,
    told(week.track.config_name) AS config_name
FROM told_weeks
WHERE week.race_week_num IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY season_id, week.race_week_num ORDER BY week.track.track_id) = 1
ORDER BY season_id, race_week_num
