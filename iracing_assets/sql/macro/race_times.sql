-- Race starts, computed: FROM iracing.race_times(now(), now() + INTERVAL 1 DAY) ORDER BY starts_at.
--
-- A season's week has a few patterns and single starts (iracing.events.time_pattern, iracing.time_slots); stored one
-- by one, the starts of a quarter are a quarter of a million rows that change with every change of a schedule.
-- iracing_assets/recurrence.py says the same in Python, and tests hold the two to each other.

CREATE SCHEMA IF NOT EXISTS iracing;

-- A moment as UTC without a zone. A DATE, a TIMESTAMP or a text without a zone means UTC, whatever the TimeZone of
-- who asks: through text, because it is the one form that every type has, and in which a zone can be seen.
CREATE OR REPLACE MACRO iracing.as_utc(moment) AS
    CASE
        WHEN regexp_matches(CAST(moment AS VARCHAR), ':[0-9.]+ *[-+A-Za-z]')
            THEN make_timestamp(epoch_us(CAST(CAST(moment AS VARCHAR) AS TIMESTAMPTZ)))
        ELSE CAST(CAST(moment AS VARCHAR) AS TIMESTAMP)
    END;

-- Every start with from_ts <= starts_at < to_ts of every season, active or not: one row per season_id,
-- race_week_num and starts_at, in no order.
--
-- A pattern's days are counted from its own start_date, not from the week's and not from a weekday. Each of them
-- begins afresh at first_session_time and goes on every repeat_minutes until before midnight UTC; where these do not
-- divide a day, its last gap is the shorter one. week_end_time cuts nothing off: it is at or after the last start.
--
-- Where several patterns or single starts meet in one moment, the row is a super session if one of them is, and has
-- the longest session_minutes. ends_at is the end of the whole session, practice and qualifying included.
--
-- What a pattern may lack: without first_session_time, start_date or day_offsets it has no starts; without
-- repeat_minutes, or with 0 or fewer, one start a day; without session_minutes its ends_at is NULL. Offsets below 0
-- and above 6 are days before and after like all others. No rows if a bound is NULL or from_ts >= to_ts; bounds
-- outside the years 1 to 9999, infinity too, count as the ends of these.
--
-- The tables are parameters as in peloton.find_songs; `events` may name a part of them.
CREATE OR REPLACE MACRO iracing.race_times(
    from_ts,
    to_ts,
    events := 'iracing.events',
    time_slots := 'iracing.time_slots'
) AS TABLE
WITH asked AS (
    SELECT iracing.as_utc(from_ts) AS from_utc, iracing.as_utc(to_ts) AS to_utc
),
bounds AS MATERIALIZED (
    SELECT
        greatest(from_utc, TIMESTAMP '0001-01-01') AS from_utc,
        least(to_utc, TIMESTAMP '9999-12-31 23:59:59.999999') AS to_utc
    FROM asked
    WHERE from_utc IS NOT NULL AND to_utc IS NOT NULL -- greatest and least would skip a NULL
),
-- Days and times are whole numbers from here on, because a sum of two numbers fails for no date.
edges AS MATERIALIZED (
    SELECT
        epoch_us(from_utc) AS from_us,
        epoch_us(to_utc) AS to_us,
        CAST(from_utc AS DATE) - DATE '1970-01-01' AS from_day,
        CAST(to_utc AS DATE) - DATE '1970-01-01' AS to_day
    FROM bounds
),
patterns AS (
    SELECT season_id, race_week_num, unnest(time_pattern) AS pattern
    FROM query_table(events)
),
offsets AS (
    SELECT
        season_id,
        race_week_num,
        pattern.start_date - DATE '1970-01-01' AS start_day,
        unnest(pattern.day_offsets) AS day_offset,
        epoch_us(pattern.first_session_time) AS first_us,
        CASE WHEN pattern.repeat_minutes > 0 THEN pattern.repeat_minutes * 60000000::BIGINT ELSE 86400000000 END
            AS every_us,
        pattern.session_minutes AS session_minutes,
        pattern.super_session AS super_session
    FROM patterns
    WHERE isfinite(pattern.start_date)
),
-- Only days that the window touches are unfolded to starts.
days AS (
    SELECT o.*, o.start_day + o.day_offset AS day
    FROM offsets AS o, edges AS w
    WHERE o.start_day + o.day_offset BETWEEN w.from_day AND w.to_day
),
repeated AS (
    SELECT
        season_id,
        race_week_num,
        day * 86400000000 + unnest(range(first_us, 86400000000, every_us)) AS start_us,
        session_minutes,
        super_session
    FROM days
),
starts AS (
    SELECT r.*
    FROM repeated AS r, edges AS w
    WHERE r.start_us >= w.from_us AND r.start_us < w.to_us
    UNION ALL
    SELECT s.season_id, s.race_week_num, epoch_us(s.starts_at), s.session_minutes, s.super_session
    FROM query_table(time_slots) AS s, edges AS w
    WHERE s.starts_at >= make_timestamptz(w.from_us) AND s.starts_at < make_timestamptz(w.to_us)
),
merged AS (
    SELECT
        season_id,
        race_week_num,
        start_us,
        max(session_minutes) AS session_minutes,
        coalesce(bool_or(super_session), false) AS super_session
    FROM starts
    GROUP BY season_id, race_week_num, start_us
)
SELECT
    m.season_id,
    m.race_week_num,
    e.series_id,
    e.track_id,
    make_timestamptz(m.start_us) AS starts_at,
    make_timestamptz(m.start_us + m.session_minutes * 60000000::BIGINT) AS ends_at,
    m.session_minutes,
    m.super_session
FROM merged AS m
LEFT JOIN query_table(events) AS e USING (season_id, race_week_num)
