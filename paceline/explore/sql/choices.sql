-- What the filters of the song search can be set to: values of classes that are listed, with how many have them.
WITH listed AS (FROM peloton.rides WHERE removed_at IS NULL)
SELECT 'discipline' AS filter, fitness_discipline AS value, count(*) AS classes FROM listed GROUP BY ALL
UNION ALL
SELECT 'minutes', (duration_s // 60)::VARCHAR, count(*) FROM listed WHERE duration_s >= 60 GROUP BY ALL
UNION ALL
SELECT 'difficulty', difficulty_level, count(*) FROM listed GROUP BY ALL
UNION ALL
SELECT 'language', language, count(*) FROM listed GROUP BY ALL
UNION ALL
SELECT 'power_zone', power_zone_kind, count(*) FROM listed GROUP BY ALL
UNION ALL
SELECT 'instructor', i.name, count(*)
FROM listed AS r
JOIN peloton.instructors AS i USING (instructor_id)
GROUP BY ALL
ORDER BY filter, TRY_CAST(value AS INTEGER), value
