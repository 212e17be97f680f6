-- The song search: FROM peloton.find_songs('words in any order, misspelt or not').
--
-- Words are compared with the some ten thousand different words of all tracks, and not with tracks: two sets of bits
-- rule out nearly all of them, and only the rest is compared letter by letter. Each word found leads to its tracks
-- (peloton.track_terms), and what they share with the question is summed up in whole hundredths.
-- paceline/song_index.py does the same in memory for a program that stays open; a test holds them equal.
-- Weights and bounds were chosen with the development half of bench/song_queries.csv.

-- Tracks that match, best first: score 0 to 1 (1: every word, and nothing missing), then how often and how lately they
-- are played. `why` says where the words were found; "spelling" that not all of them were spelt so.
-- `tracks` may name a table or view with a part of peloton.tracks, to search in that part only. (The tables are
-- parameters also because a macro that names one can only be created where it is, and a warehouse may have none.)
CREATE OR REPLACE MACRO peloton.find_songs(query, tracks := 'peloton.tracks', terms := 'peloton.track_terms') AS TABLE
WITH typed AS MATERIALIZED (
    SELECT peloton.search_words(left(text, 200))[:12] AS words
    -- As a column and not a constant, which the planner would work out several times.
    FROM (VALUES (query)) AS typed(text)
),
-- Small words that are misspelt: no word of a track begins like that. They say as little as the small words do.
slipped AS (
    SELECT coalesce(list(word), []) AS words
    FROM (SELECT DISTINCT unnest(words) AS word FROM typed)
    WHERE list_min(list_transform(['the', 'and', 'feat', 'featuring'], lambda small: damerau_levenshtein(word, small))) <= 1
        AND NOT EXISTS (FROM query_table(terms) AS t WHERE NOT t.is_joined AND starts_with(t.term, word))
),
said AS MATERIALIZED (
    SELECT coalesce(nullif(list_filter(t.words, lambda word: NOT list_contains(s.words, word)), []), t.words) AS words
    FROM typed AS t, slipped AS s
),
numbered AS (
    SELECT words, unnest(range(1, len(words) + 1)) AS n FROM said
),
-- Every word, and every two neighbours without the blank, which stand for both of them.
spoken AS (
    SELECT
        n,
        length(words[n]) AS weight,
        with_next OR with_last AS is_joined,
        array_to_string(words[n - with_last::INTEGER:n + with_next::INTEGER], '') AS word
    FROM numbered, (VALUES (false, false), (true, false), (false, true)) AS joined(with_next, with_last)
    WHERE NOT (with_next AND n = len(words)) AND NOT (with_last AND n = 1)
),
asked AS MATERIALIZED (
    SELECT *, peloton.letter_bits(word) AS letter_bits, peloton.pair_bits(word) AS pair_bits FROM spoken
),
compared AS (
    SELECT
        a.n,
        a.weight,
        a.is_joined,
        length(a.word) AS letters,
        t.letters AS term_letters,
        t.places,
        -- A blank left out or put in is one slip already.
        least(CASE WHEN t.is_joined OR a.is_joined THEN 1 ELSE 2 END, (length(a.word) + 1) // 3) AS most,
        abs(t.letters - length(a.word)) <= most
            AND bit_count(xor(t.letter_bits, a.letter_bits)) <= 2 * most
            AND bit_count(xor(t.pair_bits, a.pair_bits)) <= 2 + 3 * most AS is_close,
        -- A word may be given by its beginning; in scripts of more than a byte a letter, which often have no blanks,
        -- by any part.
        NOT t.is_joined AND (
            (strlen(a.word) > 1 AND starts_with(t.term, a.word))
            OR (
                strlen(a.word) > length(a.word) AND strlen(t.term) > t.letters
                AND (contains(t.term, a.word) OR (t.letters > 1 AND contains(a.word, t.term)))
            )
        ) AS is_part,
        a.word,
        t.term
    FROM query_table(terms) AS t, asked AS a
    WHERE (is_close AND NOT (t.is_joined AND a.is_joined)) OR is_part
),
-- How alike, 0 to 100. Two letters that changed places are one slip.
alike AS MATERIALIZED (
    SELECT
        *,
        greatest(
            CASE WHEN is_close AND damerau_levenshtein(word, term) <= most
                THEN 100 - 100 * damerau_levenshtein(word, term) // (greatest(letters, term_letters) + 1) END,
            CASE WHEN is_part
                THEN 75 + 25 * least(letters, term_letters) // greatest(letters, term_letters) END
        ) AS alike
    FROM compared
),
found AS (
    SELECT
        n,
        alike * weight AS said,
        alike * term_letters // (1 + is_joined::INTEGER) AS covered,
        unnest(places) AS place
    FROM alike
    WHERE alike >= 60
),
by_word AS (
    SELECT
        place // 4 AS track_no,
        max(said) AS said,
        max(said) FILTER (place % 2 = 0) AS in_title,
        max(said) FILTER (place % 4 = 1) AS in_artist,
        max(said) FILTER (place % 4 = 3) AS in_album,
        max(covered) FILTER (place % 4 = 0) AS title,
        max(covered) FILTER (place % 4 = 1) AS artist
    FROM found
    GROUP BY place // 4, n
),
by_track AS (
    SELECT
        track_no,
        sum(said)::BIGINT AS said,
        coalesce(sum(in_title), 0)::BIGINT AS in_title,
        coalesce(sum(in_artist), 0)::BIGINT AS in_artist,
        coalesce(sum(in_album), 0)::BIGINT AS in_album,
        coalesce(sum(title), 0)::BIGINT AS title,
        coalesce(sum(artist), 0)::BIGINT AS artist
    FROM by_word
    GROUP BY track_no
),
fitting AS (
    SELECT
        t.*,
        b.* EXCLUDE (track_no, title, artist),
        length(array_to_string(s.words, '')) AS letters,
        -- What share of the title, or of the artists, was asked for.
        least(100, greatest(
            b.title // nullif(length(array_to_string(t.title_words[:t.main_title_words], '')), 0),
            b.artist // nullif(length(array_to_string(t.artist_words, '')), 0),
            0
        )) AS cover,
        -- Title, artist, and both in either order.
        contains(
            ' ' || array_to_string(list_concat(t.title_words, t.artist_words, t.title_words), ' ') || ' ',
            ' ' || array_to_string(s.words, ' ') || ' '
        )::INTEGER AS in_order,
        -- Not a remix or a live recording, unless that was asked for.
        (len(t.title_words) = t.main_title_words OR len(t.title_words) <= len(s.words))::INTEGER AS as_meant
    FROM by_track AS b
    JOIN query_table(tracks) AS t USING (track_no), said AS s
    WHERE b.said >= 60 * length(array_to_string(s.words, ''))
),
scored AS (
    SELECT
        *,
        (said * (7500 + 15 * cover + 800 * in_order + 200 * as_meant) + 5000 * letters) // (10000 * letters) AS points
    FROM fitting
)
SELECT
    track_key,
    title,
    artist_names,
    album_name,
    plays,
    last_played,
    points / 100 AS score,
    CASE
        WHEN in_title >= said - 5 * letters THEN 'title'
        WHEN in_artist >= said - 5 * letters THEN 'artist'
        WHEN in_album >= said - 5 * letters THEN 'album'
        WHEN in_album = 0 THEN 'artist and title'
        ELSE 'artist, title and album'
    END || CASE WHEN said < 100 * letters THEN ', spelling' ELSE '' END AS why,
    track_no
FROM scored
WHERE points >= 60
ORDER BY points DESC, track_no
