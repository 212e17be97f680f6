-- known_tracks: what the last build wrote, if it made the words by the rules of today. Making them takes longer than
-- all the rest, and few tracks are new.
SELECT
    track_id, ride_id, track_key, title, artist_names, album_name, title_words, main_title_words, artist_words,
    album_words
FROM tracks
WHERE word_rules = word_rules()
