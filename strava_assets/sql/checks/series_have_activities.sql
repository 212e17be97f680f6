-- check: Every lap, zone and series belongs to an activity that is there.
-- asset: athletes
-- blocking: true
WITH there AS (SELECT activity_id FROM activities WHERE deleted_at IS NULL OR source = 'export')
SELECT 'activity_laps' AS table_name, activity_id FROM activity_laps ANTI JOIN there USING (activity_id)
UNION
SELECT 'activity_zones', activity_id FROM activity_zones ANTI JOIN there USING (activity_id)
UNION
SELECT 'activity_streams', activity_id FROM activity_streams ANTI JOIN there USING (activity_id)
