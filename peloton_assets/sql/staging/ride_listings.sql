-- staging.ride_listings: what answers say of a class in short, one row per class and answer.
-- Reads `ride_rows` (listed_rides.sql: rows of the class list; ridden_rides.sql: classes inside a member's workouts).
WITH typed AS (
    SELECT
        category,
        fetched_at,
        moment,
        from_json(ride_json, '{
            "id": "VARCHAR", "title": "VARCHAR", "description": "VARCHAR", "instructor_id": "VARCHAR",
            "individual_instructor_ids": ["VARCHAR"], "fitness_discipline": "VARCHAR", "duration": "BIGINT",
            "length": "BIGINT", "pedaling_start_offset": "BIGINT", "difficulty_level": "VARCHAR",
            "difficulty_rating_avg": "DOUBLE", "difficulty_rating_count": "BIGINT",
            "overall_rating_avg": "DOUBLE", "overall_rating_count": "BIGINT", "total_workouts": "BIGINT",
            "original_air_time": "BIGINT", "scheduled_start_time": "BIGINT", "class_type_ids": ["VARCHAR"],
            "equipment_ids": ["VARCHAR"],
            "equipment_tags": [{"id": "VARCHAR", "name": "VARCHAR", "slug": "VARCHAR", "icon_url": "VARCHAR"}],
            "series_id": "VARCHAR", "image_url": "VARCHAR", "language": "VARCHAR", "origin_locale": "VARCHAR",
            "location": "VARCHAR", "is_explicit": "BOOLEAN", "content_provider": "VARCHAR",
            "content_availability_level": "VARCHAR", "availability": {"is_available": "BOOLEAN"},
            "instructor": {"id": "VARCHAR", "name": "VARCHAR", "image_url": "VARCHAR"}
        }') AS ride
    FROM ride_rows
)
SELECT
    ride.id AS ride_id,
    ride.title AS title,
    ride.description AS description,
    ride.instructor_id AS instructor_id,
    coalesce(ride.individual_instructor_ids, []) AS individual_instructor_ids,
    ride.fitness_discipline AS fitness_discipline,
    ride.duration AS duration_s,
    ride.length AS video_length_s,
    ride.pedaling_start_offset AS pedaling_start_offset_s,
    ride.difficulty_level AS difficulty_level,
    ride.difficulty_rating_avg AS difficulty_rating_avg,
    ride.difficulty_rating_count AS difficulty_rating_count,
    ride.overall_rating_avg AS overall_rating_avg,
    ride.overall_rating_count AS overall_rating_count,
    ride.total_workouts AS total_workouts,
    coalesce(unix_time(ride.original_air_time), unix_time(ride.scheduled_start_time)) AS original_air_time,
    unix_time(ride.scheduled_start_time) AS scheduled_start_time,
    coalesce(unix_month(ride.original_air_time), unix_month(ride.scheduled_start_time), unix_month(moment)) AS air_month,
    coalesce(ride.class_type_ids, []) AS class_type_ids,
    coalesce(ride.equipment_ids, []) AS equipment_ids,
    coalesce(ride.equipment_tags, []) AS equipment_tags,
    ride.series_id AS series_id,
    ride.image_url AS image_url,
    ride.language AS language,
    ride.origin_locale AS origin_locale,
    ride.location AS location,
    ride.is_explicit AS is_explicit,
    ride.content_provider AS content_provider,
    ride.content_availability_level AS content_availability_level,
    ride.availability.is_available AS is_available,
    ride.instructor AS instructor,
    list_sort(list_distinct(list_filter(
        [ride.fitness_discipline, CASE WHEN category <> 'all' THEN category END],
        lambda name: name IS NOT NULL
    ))) AS categories,
    fetched_at AS first_listed_at,
    fetched_at AS last_listed_at
FROM typed
