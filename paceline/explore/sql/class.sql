-- One class with its instructor and how often the members of this warehouse took it.
SELECT
    r.ride_id, r.title, r.description, r.instructor_id, i.name AS instructor_name, r.fitness_discipline,
    r.duration_s // 60 AS minutes, r.difficulty_level, r.difficulty_rating_avg, r.difficulty_rating_count,
    r.overall_rating_avg, r.overall_rating_count, r.original_air_time, r.is_power_zone, r.power_zone_kind,
    r.is_explicit, r.language, r.location, r.pedaling_start_offset_s, r.details_fetched_at, r.removed_at, r.absences,
    r.is_placeholder, r.first_listed_at,
    list_sort(list_transform(r.class_type_ids, lambda id: coalesce(t.names[id], id))) AS class_types
FROM peloton.rides AS r
LEFT JOIN peloton.instructors AS i USING (instructor_id)
CROSS JOIN (SELECT map(list(class_type_id), list(coalesce(display_name, name, class_type_id))) AS names FROM peloton.class_types) AS t
WHERE r.ride_id = $ride_id
