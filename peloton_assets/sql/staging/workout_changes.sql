-- How the workouts in `fresh` differ from the ones in `stored`: counts of new and of changed ones, and ids of rows that
-- cannot be placed. Effort points may be reckoned later and are no change.
WITH newest AS (
    SELECT * FROM fresh WHERE workout_id IS NOT NULL AND start_month IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY workout_id ORDER BY seen_at(last_listed_at) DESC) = 1
)
SELECT
    count(*) AS seen,
    count(*) FILTER (s.workout_id IS NULL) AS created,
    count(*) FILTER (
        s.workout_id IS NOT NULL
        AND (n.ride_id, n.start_time, n.end_time, n.timezone, n.status, n.fitness_discipline, n.title, n.total_work_j)
        IS DISTINCT FROM
            (s.ride_id, s.start_time, s.end_time, s.timezone, s.status, s.fitness_discipline, s.title, s.total_work_j)
    ) AS updated,
    (SELECT coalesce(list(coalesce(workout_id, '') ORDER BY workout_id), []) FROM fresh
     WHERE workout_id IS NULL OR start_month IS NULL) AS unplaced
FROM newest AS n
LEFT JOIN stored AS s USING (workout_id)
