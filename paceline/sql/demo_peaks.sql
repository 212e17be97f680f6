-- The strongest rides, and the song of their peak.
SELECT start_time_local AS start, title, instructor_name AS instructor, total_output_kj AS kj, peak_output AS watts, peak_song AS song
FROM peloton.workout_overview
WHERE peak_song_certainty = 'sure'
ORDER BY total_output_kj DESC
LIMIT 5
