-- How the list rows in `fresh` differ from the ones in `stored`: counts of new and of changed classes,
-- and ids of rows that cannot be placed.
-- Ratings and counters move every day and are no change.
WITH newest AS (
    SELECT * FROM fresh WHERE ride_id IS NOT NULL AND air_month IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY ride_id ORDER BY seen_at(last_listed_at) DESC) = 1
)
SELECT
    count(*) AS seen,
    count(*) FILTER (s.ride_id IS NULL) AS created,
    count(*) FILTER (
        s.ride_id IS NOT NULL
        AND (n.title, n.description, n.instructor_id, n.duration_s, n.original_air_time, n.scheduled_start_time,
             n.class_type_ids, n.equipment_ids, n.series_id, n.image_url, n.is_explicit, n.is_available)
        IS DISTINCT FROM
            (s.title, s.description, s.instructor_id, s.duration_s, s.original_air_time, s.scheduled_start_time,
             s.class_type_ids, s.equipment_ids, s.series_id, s.image_url, s.is_explicit, s.is_available)
    ) AS updated,
    (SELECT coalesce(list(coalesce(ride_id, '') ORDER BY ride_id), []) FROM fresh
     WHERE ride_id IS NULL OR air_month IS NULL) AS unplaced
FROM newest AS n
LEFT JOIN stored AS s USING (ride_id)
