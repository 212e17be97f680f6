-- staging.ride_details: the newest landed details answer of each class of a month.
-- The segment of the landing zone is the month under which it was asked for. Its songs are in order of play. Reads `landed` (answers of /api/ride/{id}/details; `item` is the class id that was asked for).
WITH newest AS (
    SELECT
        parse_path(filename, 'both_slash')[-2] AS air_month, item, fetched_at, payload
    FROM landed
    QUALIFY row_number() OVER (PARTITION BY air_month, item ORDER BY seen_at(fetched_at) DESC) = 1
),
typed AS (
    SELECT
        air_month,
        item,
        fetched_at,
        from_json(payload, '{
            "ride": {"instructor": {"id": "VARCHAR", "name": "VARCHAR", "image_url": "VARCHAR"}},
            "class_types": [{"id": "VARCHAR", "name": "VARCHAR"}],
            "is_power_zone_class": "BOOLEAN",
            "is_ftp_test": "BOOLEAN",
            "playlist": {
                "id": "VARCHAR",
                "songs": [{
                    "id": "VARCHAR", "title": "VARCHAR", "index": "BIGINT", "start_time_offset": "BIGINT",
                    "cue_time_offset": "BIGINT", "explicit_rating": "BIGINT",
                    "album": {"id": "VARCHAR", "name": "VARCHAR", "image_url": "VARCHAR"},
                    "artists": [{
                        "artist_id": "VARCHAR", "artist_name": "VARCHAR", "artist_alias_id": "VARCHAR"
                    }]
                }]
            }
        }') AS details
    FROM newest
)
SELECT
    air_month AS lake_month,
    air_month,
    item AS ride_id,
    fetched_at AS details_fetched_at,
    details.ride.instructor AS instructor,
    coalesce(details.class_types, []) AS class_types,
    details.is_power_zone_class AS is_power_zone_class,
    details.is_ftp_test AS is_ftp_test,
    details.playlist.id AS playlist_id,
    -- Before 2021 there is no index and the array is not in order of play: the start decides.
    list_transform(
        list_sort(list_transform(
            coalesce(details.playlist.songs, []),
            lambda song, place: {
                'start': coalesce(song.start_time_offset, song.cue_time_offset),
                'index': song."index",
                'place': place,
                'song': song
            }
        ), 'ASC', 'NULLS LAST'),
        lambda entry: entry.song
    ) AS songs
FROM typed
ORDER BY air_month, item
