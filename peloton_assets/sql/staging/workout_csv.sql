-- staging.workout_csv: workouts as the CSV export of the members' web site tells them, each under the id of the workout of
-- the API that it is. Reads `imported` (rows of all landed exports) and `workout_listings`.
-- The export has no ids: the same minute and discipline of the same member is the same workout.
WITH told AS (
    SELECT *, unix_time(start_s) AS start_time FROM imported
    WHERE unix_time(start_s) IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY account, start_s, fitness_discipline ORDER BY seen_at(imported_at) DESC, line) = 1
),
listed AS (
    SELECT workout_id, start_month, fitness_discipline, account, created_at, start_time
    FROM workout_listings LEFT JOIN members USING (user_id)
),
matched AS (
    SELECT t.*, l.workout_id AS known_id, l.start_month AS known_month
    FROM told AS t
    LEFT JOIN listed AS l
        ON l.fitness_discipline = t.fitness_discipline
        AND l.account = t.account
        AND t.start_time IN (date_trunc('minute', l.created_at), date_trunc('minute', l.start_time))
    QUALIFY row_number() OVER (PARTITION BY t.account, t.start_s, t.fitness_discipline ORDER BY l.start_time, l.workout_id) = 1
)
SELECT
    coalesce(known_month, unix_month(start_s)) AS lake_month,
    coalesce(known_month, unix_month(start_s)) AS start_month,
    coalesce(known_id, 'csv-' || md5(concat_ws('|', account, start_s, fitness_discipline))) AS workout_id,
    * EXCLUDE (line, imported_at, start_s, known_id, known_month)
FROM matched
-- Two of a kind that begin in the same minute are one workout here.
QUALIFY known_id IS NULL OR row_number() OVER (PARTITION BY known_id ORDER BY start_s) = 1
ORDER BY ALL
