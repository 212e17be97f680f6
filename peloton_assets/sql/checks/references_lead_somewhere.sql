-- check: Every instructor, class type and piece of equipment of a class is known by its id.
-- asset: warehouse
-- blocking: false
SELECT 'instructors' AS table_name, instructor_id AS id, count(*) AS classes
FROM rides ANTI JOIN instructors USING (instructor_id)
WHERE instructor_id IS NOT NULL
GROUP BY ALL
UNION ALL
SELECT 'class_types', class_type_id, count(*)
FROM (SELECT unnest(class_type_ids) AS class_type_id FROM rides) ANTI JOIN class_types USING (class_type_id)
GROUP BY ALL
UNION ALL
SELECT 'equipment', equipment_id, count(*)
FROM (SELECT unnest(equipment_ids) AS equipment_id FROM rides) ANTI JOIN equipment USING (equipment_id)
GROUP BY ALL
