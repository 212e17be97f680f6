-- table: peloton.track_terms
-- about: The index of the song search: every word of the tracks, and every two neighbours of a title as one word.
-- key: term, is_joined
-- term: the word, see peloton.search_words
-- is_joined: whether it is two words of a title without the blank between them
-- letters: its length
-- letter_bits: which letters it has, see peloton.letter_bits
-- pair_bits: which neighbours among them, see peloton.pair_bits
-- places: tracks that have it: 4 * track_no + 0 in the main title, 1 artist, 2 guests or version in the title, 3 album
WITH words AS (
    SELECT track_no, unnest(title_words[:main_title_words]) AS term, 0 AS part, false AS is_joined FROM tracks
    UNION ALL
    SELECT track_no, unnest(list_concat(artist_words, spelling_words)), 1, false FROM tracks
    UNION ALL
    SELECT track_no, unnest(title_words[main_title_words + 1:]), 2, false FROM tracks
    UNION ALL
    SELECT track_no, unnest(album_words), 3, false FROM tracks
    UNION ALL
    SELECT
        track_no,
        unnest(list_transform(range(1, len(title_words)), lambda i: title_words[i] || title_words[i + 1])),
        0,
        true
    FROM tracks
),
gathered AS (
    SELECT term, is_joined, list_sort(list_distinct(list(4 * track_no + part))) AS places
    FROM words
    WHERE length(term) <= 60
    GROUP BY term, is_joined
)
SELECT
    term,
    is_joined,
    length(term)::INTEGER AS letters,
    peloton.letter_bits(term) AS letter_bits,
    peloton.pair_bits(term) AS pair_bits,
    places
FROM gathered
ORDER BY is_joined, letters, term
