-- table: peloton.equipment
-- about: Things a class may need: mats, weights, blocks.
-- key: equipment_id
-- equipment_id: the provider's id
-- name: as shown
-- slug: the provider's short name
-- icon_url: picture
WITH told AS (
    SELECT
        id AS equipment_id,
        from_json(entry, '{"name": "VARCHAR", "slug": "VARCHAR", "icon_url": "VARCHAR"}') AS entry
    FROM reference_entries
    WHERE kind = 'equipment'
),
tagged AS (
    SELECT tag.id AS equipment_id, arg_max(tag, last_listed_at) AS entry
    FROM (
        SELECT unnest(equipment_tags) AS tag, last_listed_at FROM ride_listings
        UNION ALL SELECT unnest(equipment_tags), last_listed_at FROM ridden
    )
    WHERE tag.id IS NOT NULL
    GROUP BY tag.id
)
SELECT
    equipment_id,
    coalesce(t.entry.name, g.entry.name) AS name,
    coalesce(t.entry.slug, g.entry.slug) AS slug,
    coalesce(t.entry.icon_url, g.entry.icon_url) AS icon_url
FROM told AS t
FULL JOIN tagged AS g USING (equipment_id)
ORDER BY equipment_id
