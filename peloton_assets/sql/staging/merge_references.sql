-- One row per kind and id from `sightings`: the newest wins.
SELECT kind, id, entry, fetched_at
FROM sightings
WHERE id IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY kind, id ORDER BY seen_at(fetched_at) DESC, entry DESC) = 1
ORDER BY kind, id
