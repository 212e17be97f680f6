-- The newest sighting of each thing, of what was stored and what came. Reads `sightings`.
SELECT kind, id, seen_at, entity, kind AS lake_month
FROM sightings
WHERE id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY kind, id ORDER BY seen_at DESC, md5(entity::VARCHAR)) = 1
ORDER BY kind, id
