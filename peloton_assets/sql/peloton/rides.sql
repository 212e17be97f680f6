-- table: peloton.rides
-- about: Every class of the on-demand library that was ever listed, one row per class.
-- key: ride_id
-- ride_id: the provider's id of the class, mostly 32 hex digits, sometimes a dashed UUID
-- title: as shown, for example "30 min Power Zone Ride"
-- description: the provider's text
-- instructor_id: who leads it; NULL for scenic content
-- individual_instructor_ids: the persons of a co-taught class
-- fitness_discipline: cycling, running, strength, caesar (rowing), circuit (Tread bootcamp), ...
-- duration_s: advertised length in seconds
-- video_length_s: length of the video in seconds, pre-roll included
-- pedaling_start_offset_s: second of the video at which the class starts
-- difficulty_level: beginner, intermediate, advanced or NULL
-- difficulty_rating_avg: riders' rating from 0 to 10; 0 where nobody rated
-- difficulty_rating_count: number of those ratings
-- overall_rating_avg: share of likes from 0 to 1
-- overall_rating_count: number of those votes
-- total_workouts: times taken; exact until about 2023, in coarse steps since
-- original_air_time: start of the stream, UTC
-- scheduled_start_time: the round slot of the timetable, UTC
-- air_month: first day of the UTC month of original_air_time; the partition
-- class_type_ids: references to peloton.class_types
-- equipment_ids: references to peloton.equipment
-- series_id: classes of one format share it
-- is_power_zone: whether it is a Power Zone class
-- power_zone_kind: power zone, endurance, max, ftp test, ftp warm up; NULL for other classes
-- is_warm_up: by title, then by class type
-- is_cool_down: by title, then by class type
-- is_explicit: lyrics marked explicit
-- is_available: listed but not playable classes say false
-- image_url: picture of the class
-- language: english, german, ...
-- origin_locale: en-US, de-DE, ...
-- location: studio code, or a place for scenic content
-- content_provider: mostly peloton
-- content_availability_level: what membership can play it
-- categories: slugs under which the class was seen listed
-- first_listed_at: when we first saw it in the list, UTC
-- last_listed_at: when we last saw it in the list, UTC
-- details_fetched_at: when its details were fetched, UTC; NULL means not yet
-- is_placeholder: true for a class that is only known because a member took it; no list page ever showed it
-- removed_at: end of the first clean full walk that no longer listed it, UTC; NULL while it is listed
-- absences: earlier removals: removed_at as above, relisted_at the end of the full walk that listed it again, UTC
WITH marks AS (
    SELECT ended_at, unnest(removed_ids) AS ride_id, true AS is_removal FROM full_walks
    UNION ALL
    SELECT ended_at, unnest(relisted_ids), false FROM full_walks
),
absent AS (
    SELECT ride_id, list({'removed_at': ended_at, 'relisted_at': next_at} ORDER BY ended_at) AS absences
    FROM (
        SELECT *, lead(ended_at) OVER of_class AS next_at, lead(is_removal) OVER of_class AS next_is_removal
        FROM marks
        WINDOW of_class AS (PARTITION BY ride_id ORDER BY ended_at)
    )
    WHERE is_removal AND NOT next_is_removal
    GROUP BY ride_id
)
SELECT
    l.air_month AS lake_month,
    l.ride_id,
    l.title,
    l.description,
    l.instructor_id,
    l.individual_instructor_ids,
    l.fitness_discipline,
    l.duration_s,
    l.video_length_s,
    l.pedaling_start_offset_s,
    l.difficulty_level,
    l.difficulty_rating_avg,
    l.difficulty_rating_count,
    l.overall_rating_avg,
    l.overall_rating_count,
    l.total_workouts,
    l.original_air_time,
    l.scheduled_start_time,
    (l.air_month || '-01')::DATE AS air_month,
    l.class_type_ids,
    l.equipment_ids,
    l.series_id,
    coalesce(d.is_power_zone_class, looks_power_zone(l.title, l.class_type_ids)) AS is_power_zone,
    CASE
        WHEN coalesce(d.is_power_zone_class, looks_power_zone(l.title, l.class_type_ids))
            THEN zone_kind(l.title, l.series_id)
    END AS power_zone_kind,
    looks_warm_up(l.title, l.class_type_ids) AS is_warm_up,
    looks_cool_down(l.title, l.class_type_ids) AS is_cool_down,
    l.is_explicit,
    l.is_available,
    l.image_url,
    l.language,
    l.origin_locale,
    l.location,
    l.content_provider,
    l.content_availability_level,
    l.categories,
    l.first_listed_at,
    l.last_listed_at,
    d.details_fetched_at,
    l.is_placeholder,
    (SELECT min(w.ended_at) FROM full_walks AS w WHERE seen_at(w.started_at) > seen_at(l.last_listed_at)) AS removed_at,
    coalesce(a.absences, []) AS absences
FROM known_rides AS l
LEFT JOIN ride_details AS d USING (ride_id, air_month)
LEFT JOIN absent AS a USING (ride_id)
ORDER BY l.original_air_time DESC, l.ride_id
