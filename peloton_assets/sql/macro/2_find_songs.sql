-- The song search: FROM peloton.find_songs('words in any order, misspelt or not').
--
-- Two steps. First every track is compared by one cheap number: how many pairs of neighbouring letters it has in
-- common with the question (bit sets that peloton.tracks keeps), which neither word order nor a slip of the finger
-- upsets much. Only the few hundred best are then compared word by word.
-- Weights and floor were chosen with bench/songs.py.

-- Words that carry meaning: "don t" is one word, and what people leave out or write in three ways is left out.
CREATE OR REPLACE MACRO peloton.said_words(words) AS
    coalesce(
        nullif(
            list_filter(
                string_split(regexp_replace(words, ' (s|t|d|m|ll|re|ve)( |$)', '\1\2', 'g'), ' '),
                lambda word: word NOT IN ('the', 'and', 'n', 'feat', 'featuring', 'ft')
            ),
            []
        ),
        string_split(words, ' ')
    );

-- How alike two words are, 0 to 1; two letters that changed places are one slip. A word may be given by its
-- beginning; in scripts of more than one byte a letter, which often have no blanks, by any part.
CREATE OR REPLACE MACRO peloton.alike(asked_word, word) AS
    CASE
        WHEN starts_with(word, asked_word) OR (strlen(asked_word) > length(asked_word) AND contains(word, asked_word))
            THEN 0.75 + 0.25 * strlen(asked_word) / strlen(word)
        -- The edit distance is dear, so only pairs that look promising get that far.
        WHEN jaro_winkler_similarity(asked_word, word) >= 0.7
            THEN jaro_winkler_similarity(asked_word, word)
                - 0.5 * damerau_levenshtein(asked_word, word) / greatest(strlen(asked_word), strlen(word))
        ELSE 0
    END;

-- What share of the wanted words is among the given ones, 0 to 1; long words count more.
CREATE OR REPLACE MACRO peloton.share_found(wanted, given) AS
    list_sum(list_transform(
        wanted,
        lambda word: length(word) * list_max(list_transform(given, lambda other: peloton.alike(word, other)))
    )) / greatest(1, list_sum(list_transform(wanted, lambda word: length(word))));

-- Tracks that match, best first: score 0 to 1 (1: every word, and nothing missing), then plays, then last_played.
-- `why` says where the words were found; "spelling" that not all of them were spelt so.
-- `tracks` may name a table or view with a part of peloton.tracks, to search in that part only. (It is a parameter
-- also because a macro that names a table can only be created where the table is, and a warehouse may have none.)
CREATE OR REPLACE MACRO peloton.find_songs(query, tracks := 'peloton.tracks') AS TABLE
WITH typed AS (
    SELECT coalesce(
        nullif(peloton.plain_words(text), ''),
        regexp_replace(text, '[^\x{2600}-\x{27BF}\x{1F000}-\x{1FAFF}]+', '', 'g')
    ) AS words
    -- As a column and not a constant, which the planner would work out several times.
    FROM (SELECT left(text, 200) AS text FROM (VALUES (query)) AS typed(text))
),
asked AS MATERIALIZED (
    SELECT
        words,
        peloton.said_words(words)[:12] AS said,
        replace(words, ' ', '') AS joined,
        -- The same rule as in peloton/tracks.sql.
        list_transform(
            range(1, length(words) + 2),
            lambda i: (31 * unicode((' ' || words || ' ')[i]) + unicode((' ' || words || ' ')[i + 1])) % 300
        ) AS pairs
    FROM typed
),
signature AS MATERIALIZED (
    SELECT list_transform(range(5), lambda part: coalesce(
        list_bit_or(list_transform(
            list_filter(pairs, lambda pair: pair // 60 = part), lambda pair: 1::BIGINT << (pair % 60)
        )),
        0
    )) AS bits
    FROM asked
    WHERE words <> ''
),
candidates AS MATERIALIZED (
    SELECT
        track_key, title, artist_names, album_name, plays, last_played,
        title_words, left(title_words, main_title_length) AS main_title_words, artist_words
    FROM query_table(tracks), signature
    ORDER BY
        bit_count(letter_pairs_1 & bits[1]) + bit_count(letter_pairs_2 & bits[2])
        + bit_count(letter_pairs_3 & bits[3]) + bit_count(letter_pairs_4 & bits[4])
        + bit_count(letter_pairs_5 & bits[5])
        -- Long titles have many pairs by chance.
        - 0.05 * (
            bit_count(letter_pairs_1) + bit_count(letter_pairs_2) + bit_count(letter_pairs_3)
            + bit_count(letter_pairs_4) + bit_count(letter_pairs_5)
        ) DESC,
        plays DESC
    LIMIT 600
),
-- From here on a step that uses a name twice gets it from the step before: an alias of the same step is planned
-- again at each use, which cost more than the search.
worded AS (
    SELECT
        c.*,
        a.said,
        a.joined,
        peloton.said_words(c.title_words) AS title_said,
        peloton.said_words(c.main_title_words) AS main_said,
        peloton.said_words(c.artist_words) AS artist_said,
        replace(c.main_title_words, ' ', '') AS title_joined
    FROM candidates AS c, asked AS a
),
sung AS (
    SELECT
        *,
        -- Title, artist, and both in either order.
        ' ' || array_to_string(list_concat(title_said, artist_said, title_said), ' ') || ' ' AS sung
    FROM worded
),
compared AS (
    SELECT
        *,
        list_transform(
            [
                {'wanted': said, 'given': list_concat(title_said, artist_said)},
                {'wanted': main_said, 'given': said},
                {'wanted': artist_said, 'given': said}
            ],
            lambda side: peloton.share_found(side.wanted, side.given)
        ) AS shares,
        contains(sung, ' ' || array_to_string(said, ' ') || ' ')::INTEGER AS in_order,
        -- Not a remix or a live recording, unless that was asked for.
        (main_title_words = title_words OR len(said) >= len(title_said))::INTEGER AS plain_version,
        CASE
            WHEN jaro_winkler_similarity(joined, title_joined) >= 0.7
                THEN 1 - damerau_levenshtein(joined, title_joined) / greatest(strlen(joined), strlen(title_joined))
            ELSE 0
        END AS whole_title
    FROM sung
),
scored AS (
    SELECT
        *,
        round(greatest(
            shares[1] * (0.75 + 0.15 * greatest(shares[2], shares[3]) + 0.08 * in_order + 0.02 * plain_version),
            0.95 * whole_title,
            -- Blanks in other places, or none.
            CASE WHEN strlen(joined) >= 6 AND contains(replace(sung, ' ', ''), joined) THEN 0.8 ELSE 0 END
        ), 2) AS score
    FROM compared
)
SELECT
    track_key,
    title,
    artist_names,
    album_name,
    plays,
    last_played,
    score,
    CASE
        WHEN peloton.share_found(said, title_said) >= shares[1] - 0.05 THEN 'title'
        WHEN peloton.share_found(said, artist_said) >= shares[1] - 0.05 THEN 'artist'
        ELSE 'artist and title'
    END || CASE WHEN shares[1] < 0.995 THEN ', spelling' ELSE '' END AS why
FROM scored
WHERE score >= 0.6
ORDER BY score DESC, plays DESC, last_played DESC, track_key
