-- table: peloton.tracks
-- about: Distinct tracks (title and artists); what the song search looks through, some tens of thousands of rows.
-- key: track_key
-- track_key: joins peloton.songs
-- title: the commonest spelling
-- artist_names: of the same play
-- album_name: of the newest play that has one
-- plays: number of plays in the library
-- last_played: air time of the newest class that plays it, UTC
-- title_words: the title in the form in which words are compared; its emoji where it has no words
-- main_title_length: how many of those letters come before guests and versions: a bracket, a dash or "feat."
-- artist_words: the artists in that form
-- letter_pairs_1: which pairs of neighbouring letters occur in title and artists: bits 0-59 of 300, see macro/2_find_songs.sql
-- letter_pairs_2: bits 60-119
-- letter_pairs_3: bits 120-179
-- letter_pairs_4: bits 180-239
-- letter_pairs_5: bits 240-299
WITH played AS (
    SELECT
        s.track_key,
        mode(s.title ORDER BY r.original_air_time DESC, s.ride_id) AS title,
        arg_max(s.artist_names, r.original_air_time) AS artist_names,
        arg_max(s.album_name, r.original_air_time) FILTER (s.album_name IS NOT NULL) AS album_name,
        count(*)::INTEGER AS plays,
        max(r.original_air_time) AS last_played
    FROM songs AS s
    JOIN rides AS r USING (ride_id)
    WHERE s.title IS NOT NULL
    GROUP BY s.track_key
),
worded AS (
    SELECT
        *,
        coalesce(
            nullif(peloton.plain_words(title), ''),
            regexp_replace(title, '[^\x{2600}-\x{27BF}\x{1F000}-\x{1FAFF}]+', '', 'g')
        ) AS title_words,
        length(peloton.plain_words(
            regexp_replace(title, '(?i)([^\s(\[-].*?)(\s*[(\[]|\s+[-–—]\s|\s+(feat|ft|featuring)\b).*$', '\1')
        ))::INTEGER AS main_length,
        peloton.plain_words(array_to_string(artist_names, ' ')) AS artist_words
    FROM played
),
letter_pairs AS (
    SELECT
        track_key,
        unnest(list_transform(
            range(1, length(letters)),
            lambda i: (31 * unicode(letters[i]) + unicode(letters[i + 1])) % 300
        )) AS pair
    FROM (
        -- Only the beginning: the way to a letter is counted from the first one, so a title of 1 MB would take days.
        SELECT track_key, ' ' || left(title_words, 300) || ' ' || left(artist_words, 300) || ' ' AS letters
        FROM worded
    )
),
signatures AS (
    SELECT
        track_key,
        coalesce(bit_or(1::BIGINT << (pair % 60)) FILTER (pair // 60 = 0), 0) AS letter_pairs_1,
        coalesce(bit_or(1::BIGINT << (pair % 60)) FILTER (pair // 60 = 1), 0) AS letter_pairs_2,
        coalesce(bit_or(1::BIGINT << (pair % 60)) FILTER (pair // 60 = 2), 0) AS letter_pairs_3,
        coalesce(bit_or(1::BIGINT << (pair % 60)) FILTER (pair // 60 = 3), 0) AS letter_pairs_4,
        coalesce(bit_or(1::BIGINT << (pair % 60)) FILTER (pair // 60 = 4), 0) AS letter_pairs_5
    FROM letter_pairs
    GROUP BY track_key
)
SELECT
    track_key,
    title,
    artist_names,
    album_name,
    plays,
    last_played,
    title_words,
    CASE WHEN main_length > 0 THEN main_length ELSE length(title_words)::INTEGER END AS main_title_length,
    artist_words,
    letter_pairs_1,
    letter_pairs_2,
    letter_pairs_3,
    letter_pairs_4,
    letter_pairs_5
FROM worded
JOIN signatures USING (track_key)
ORDER BY track_key
