-- known_tracks of a first build, or of one that shall trust nothing.
SELECT
    NULL::BIGINT AS track_id,
    NULL::VARCHAR AS ride_id,
    NULL::VARCHAR AS track_key,
    NULL::VARCHAR AS title,
    NULL::VARCHAR[] AS artist_names,
    NULL::VARCHAR AS album_name,
    NULL::VARCHAR[] AS title_words,
    NULL::INTEGER AS main_title_words,
    NULL::VARCHAR[] AS artist_words,
    NULL::VARCHAR[] AS album_words
LIMIT 0
