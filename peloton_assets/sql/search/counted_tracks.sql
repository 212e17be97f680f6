-- counted_tracks: each track with its plays and the newest class that plays it. Reads numbers only, so that a million
-- plays take a moment; titles are read of what changed.
WITH aged AS (
    SELECT
        ride_id,
        air_month,
        original_air_time,
        row_number() OVER (ORDER BY original_air_time NULLS FIRST, ride_id) AS age_rank,
        pow(2, epoch(original_air_time) / 31557600) AS weight
    FROM rides
),
plays AS (
    SELECT unnest(p.track_ids) AS track_id, unnest(p.are_explicit) AS is_explicit, a.age_rank, a.weight
    FROM ride_plays AS p
    JOIN aged AS a USING (ride_id)
),
counted AS (
    SELECT
        track_id,
        count(*)::INTEGER AS plays,
        max(age_rank) AS age_rank,
        floor(2 * log2(sum(weight)))::INTEGER AS popularity,
        bool_or(is_explicit) AS is_explicit
    FROM plays
    GROUP BY track_id
)
SELECT
    track_id,
    a.ride_id,
    strftime(a.air_month, '%Y-%m') AS played_month,
    c.plays,
    a.original_air_time AS last_played,
    c.popularity,
    c.is_explicit,
    -- Whether the last build read its title in that class, and nothing changed in that month since.
    k.track_id IS NOT NULL AND played_month NOT IN (FROM changed_months) AS is_known
FROM counted AS c
JOIN aged AS a USING (age_rank)
LEFT JOIN known_tracks AS k USING (track_id, ride_id)
