-- The library by UTC month: classes that were aired, that we saw listed for the first time, that came late (first
-- listed after our records began, and more than 45 days after they were aired: put back, or published late), and
-- that were found removed.
WITH marks AS (
    SELECT
        *,
        first_listed_at > (SELECT min(first_listed_at) + INTERVAL 2 DAY FROM peloton.rides)
            AND first_listed_at > original_air_time + INTERVAL 45 DAY AS is_late
    FROM peloton.rides
    WHERE NOT coalesce(is_placeholder, false)
),
events AS (
    SELECT date_trunc('month', original_air_time)::DATE AS month, 'aired' AS what FROM marks
    UNION ALL
    SELECT date_trunc('month', first_listed_at)::DATE, 'listed' FROM marks
    UNION ALL
    SELECT date_trunc('month', first_listed_at)::DATE, 'late' FROM marks WHERE is_late
    UNION ALL
    SELECT date_trunc('month', removed_at)::DATE, 'removed' FROM marks WHERE removed_at IS NOT NULL
)
SELECT
    month,
    count(*) FILTER (what = 'aired') AS aired,
    count(*) FILTER (what = 'listed') AS listed,
    count(*) FILTER (what = 'late') AS late,
    count(*) FILTER (what = 'removed') AS removed
FROM events
WHERE month IS NOT NULL
GROUP BY ALL
ORDER BY month
