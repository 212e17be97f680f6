-- table: peloton.songs
-- about: Every play of a song in a class; the same song may occur twice in one class.
-- key: ride_id, playlist_order
-- ride_id: the class
-- playlist_order: 1, 2, 3 ... by the time at which the song starts
-- song_id: the provider's id of the song
-- title: title of the song
-- artist_names: all artists in the provider's order
-- album_name: name of the album
-- start_offset_s: second of the video (pre-roll included) at which the song starts
-- image_url: album cover
-- is_explicit: NULL where the provider does not say (before 2021)
-- track_key: same for the same title and artists however spelt; joins peloton.tracks
WITH plays AS (
    SELECT air_month, ride_id, unnest(songs) AS song, generate_subscripts(songs, 1)::INTEGER AS playlist_order
    FROM ride_details
    SEMI JOIN known_rides USING (ride_id, air_month)
),
named AS (
    SELECT
        *,
        list_filter(
            list_transform(coalesce(song.artists, []), lambda artist: artist.artist_name),
            lambda name: name IS NOT NULL
        ) AS artist_names
    FROM plays
)
SELECT
    air_month AS lake_month,
    ride_id,
    playlist_order,
    song.id AS song_id,
    song.title AS title,
    artist_names,
    song.album.name AS album_name,
    coalesce(song.start_time_offset, song.cue_time_offset) AS start_offset_s,
    song.album.image_url AS image_url,
    song.explicit_rating > 0 AS is_explicit,
    md5(peloton.plain_words(coalesce(song.title, '')) || '|' || peloton.plain_words(array_to_string(list_sort(artist_names), ' ')))
        AS track_key
FROM named
ORDER BY ride_id, playlist_order
