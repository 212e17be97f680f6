-- The single starts of the weeks that the races command looks at.
CREATE OR REPLACE TEMP TABLE chosen_slots AS
SELECT s.*
FROM iracing.time_slots AS s
SEMI JOIN chosen_events AS e USING (season_id, race_week_num)
