-- table: peloton.class_types
-- about: Kinds of class, inactive and oddly named ones included, since they still label old classes.
-- key: class_type_id
-- class_type_id: the provider's id
-- name: as the provider writes it, blanks at its ends removed
-- display_name: short form, blanks at its ends removed
-- fitness_discipline: the discipline it belongs to
-- is_active: whether it is offered for new classes
WITH told AS (
    SELECT
        id AS class_type_id,
        from_json(entry, '{
            "name": "VARCHAR", "display_name": "VARCHAR", "fitness_discipline": "VARCHAR", "is_active": "BOOLEAN"
        }') AS entry
    FROM reference_entries
    WHERE kind = 'class_type'
),
named_in_details AS (
    SELECT class_type.id AS class_type_id, max(class_type.name) AS name
    FROM (SELECT unnest(class_types) AS class_type FROM ride_details)
    WHERE class_type.id IS NOT NULL
    GROUP BY class_type.id
)
SELECT
    class_type_id,
    trim(coalesce(t.entry.name, d.name)) AS name,
    trim(t.entry.display_name) AS display_name,
    t.entry.fitness_discipline AS fitness_discipline,
    t.entry.is_active AS is_active
FROM told AS t
FULL JOIN named_in_details AS d USING (class_type_id)
ORDER BY class_type_id
