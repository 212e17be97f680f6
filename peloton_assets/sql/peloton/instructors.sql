-- table: peloton.instructors
-- about: Everybody who leads a class, retired instructors included.
-- key: instructor_id
-- instructor_id: the provider's id
-- name: as shown
-- image_url: portrait
-- bio: the provider's text
-- quote: the provider's text
-- fitness_disciplines: what the instructor teaches
-- is_instructor_group: true for a pair that teaches together
-- individual_instructor_ids: the persons of such a pair
-- source: list where the provider's instructor tables name them, details where only a class or a workout does
WITH told AS (
    SELECT
        id AS instructor_id,
        from_json(entry, '{
            "name": "VARCHAR", "image_url": "VARCHAR", "bio": "VARCHAR", "quote": "VARCHAR",
            "fitness_disciplines": ["VARCHAR"], "is_instructor_group": "BOOLEAN",
            "individual_instructor_ids": ["VARCHAR"]
        }') AS entry
    FROM reference_entries
    WHERE kind = 'instructor'
),
named_in_details AS (
    SELECT instructor.id AS instructor_id, arg_max(instructor, seen) AS entry
    FROM (
        SELECT instructor, details_fetched_at AS seen FROM ride_details
        UNION ALL SELECT instructor, last_listed_at FROM ridden
    )
    WHERE instructor.id IS NOT NULL
    GROUP BY instructor.id
)
SELECT
    instructor_id,
    coalesce(t.entry.name, d.entry.name) AS name,
    coalesce(t.entry.image_url, d.entry.image_url) AS image_url,
    t.entry.bio AS bio,
    t.entry.quote AS quote,
    coalesce(t.entry.fitness_disciplines, []) AS fitness_disciplines,
    coalesce(t.entry.is_instructor_group, false) AS is_instructor_group,
    coalesce(t.entry.individual_instructor_ids, []) AS individual_instructor_ids,
    CASE WHEN t.entry IS NULL THEN 'details' ELSE 'list' END AS source
FROM told AS t
FULL JOIN named_in_details AS d USING (instructor_id)
ORDER BY instructor_id
