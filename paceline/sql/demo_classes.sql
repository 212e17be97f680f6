-- Every class with the facts that the sandbox tells of it too; no number of songs where there are no details.
SELECT
    ride_id, title, fitness_discipline, duration_s, epoch(original_air_time)::BIGINT,
    epoch(scheduled_start_time)::BIGINT, CASE WHEN playlists.ride_id IS NOT NULL THEN coalesce(songs, 0) END
FROM peloton.rides
LEFT JOIN peloton.playlists USING (ride_id)
LEFT JOIN (SELECT ride_id, count(*) AS songs FROM peloton.songs GROUP BY ride_id) USING (ride_id)
