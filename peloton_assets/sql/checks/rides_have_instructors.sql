-- check: Every instructor of a class is known by name.
-- asset: instructors
-- blocking: false
SELECT instructor_id, count(*) AS classes
FROM rides
ANTI JOIN instructors USING (instructor_id)
WHERE instructor_id IS NOT NULL
GROUP BY instructor_id
