-- table: peloton.song_artists
-- about: The artists of every play, one row each.
-- key: ride_id, playlist_order, artist_order
-- ride_id: the class
-- playlist_order: the play, as in peloton.songs
-- artist_order: 1, 2, ... in the provider's order
-- artist_id: the provider's id of the artist
-- artist_name: as credited
-- artist_alias_id: the provider's id of this spelling; NULL before 2021
WITH plays AS (
    SELECT air_month, ride_id, unnest(songs) AS song, generate_subscripts(songs, 1)::INTEGER AS playlist_order
    FROM ride_details
    SEMI JOIN known_rides USING (ride_id, air_month)
),
credits AS (
    SELECT
        air_month,
        ride_id,
        playlist_order,
        unnest(song.artists) AS artist,
        generate_subscripts(song.artists, 1)::INTEGER AS artist_order
    FROM plays
)
SELECT
    air_month AS lake_month, ride_id, playlist_order, artist_order, artist.artist_id, artist.artist_name, artist.artist_alias_id
FROM credits
ORDER BY ride_id, playlist_order, artist_order
