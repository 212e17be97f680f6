-- The weeks of each season as they stand: the versions that its newest document told. Reads `iracing_weeks`.
SELECT *
FROM iracing_weeks
QUALIFY last_seen_at = max(last_seen_at) OVER (PARTITION BY season_id)
