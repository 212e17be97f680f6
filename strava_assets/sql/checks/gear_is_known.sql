-- check: The gear of every activity is known.
-- asset: training_log
-- blocking: false
SELECT gear_id, count(*) AS activities
FROM activities ANTI JOIN gear USING (gear_id)
WHERE gear_id IS NOT NULL
GROUP BY ALL
