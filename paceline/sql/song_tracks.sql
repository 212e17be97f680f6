-- Tracks as the song search compares and shows them.
SELECT
    track_no,
    track_id,
    title AS track_title,
    artist_names,
    album_name,
    plays,
    popularity,
    is_explicit,
    length(array_to_string(title_words[:main_title_words], '')) AS title_letters,
    length(array_to_string(artist_words, '')) AS artist_letters,
    len(title_words) AS title_words,
    main_title_words,
    -- Title, artist, and both in either order.
    ' ' || array_to_string(list_concat(title_words, artist_words, title_words), ' ') || ' ' AS sung
FROM peloton.tracks
