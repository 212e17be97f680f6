-- check: No race week without its season.
-- asset: seasons
-- blocking: true
SELECT season_id, count(*) AS weeks FROM events ANTI JOIN seasons USING (season_id) GROUP BY ALL
