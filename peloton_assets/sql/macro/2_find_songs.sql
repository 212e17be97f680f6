CREATE OR REPLACE MACRO peloton.said_words(words) AS
    list_filter(
        string_split(regexp_replace(words, ' (s|t|d|m|ll|re|ve)( |$)', '\1\2', 'g'), ' '),
        lambda word: word NOT IN ('the', 'and', 'feat', 'featuring', 'ft')
    );

CREATE OR REPLACE MACRO peloton.alike(wanted, found) AS
    greatest(
        0,
        jaro_winkler_similarity(wanted, found) - 0.5 * levenshtein(wanted, found) / greatest(strlen(wanted), strlen(found)),
        CASE
            WHEN starts_with(found, wanted) OR (strlen(wanted) > length(wanted) AND contains(found, wanted))
                THEN 0.75 + 0.25 * strlen(wanted) / strlen(found)
            ELSE 0
        END
    );

CREATE OR REPLACE MACRO peloton.share_found(wanted, given) AS
    list_sum(list_transform(
        wanted,
        lambda word: length(word) * list_max(list_transform(given, lambda other: peloton.alike(word, other)))
    )) / list_sum(list_transform(wanted, lambda word: length(word)));

CREATE OR REPLACE MACRO peloton.find_songs(query) AS TABLE
WITH asked AS MATERIALIZED (
    SELECT
        words,
        peloton.said_words(words)[:12] AS said,
        replace(words, ' ', '') AS joined,
        (SELECT list(coalesce(b,0) order by n) from (select n, bit_or(1::BIGINT << (pair % 60)) FILTER (pair // 60 = n) b
        FROM (SELECT unnest(list_transform(
                range(1, length(letters)),
                lambda i: (31 * unicode(letters[i]) + unicode(letters[i + 1])) % 300
            )) AS pair FROM (SELECT ' ' || words || ' ' AS letters)), range(5) r(n) group by n)) AS p
    FROM (SELECT peloton.plain_words(left(query, 200)) AS words)
),
candidates AS MATERIALIZED (
    SELECT t.*
    FROM peloton.tracks AS t, asked AS q
    WHERE q.words <> ''
    ORDER BY
        bit_count(letter_pairs_1 & p[1]) + bit_count(letter_pairs_2 & p[2]) + bit_count(letter_pairs_3 & p[3])
        + bit_count(letter_pairs_4 & p[4]) + bit_count(letter_pairs_5 & p[5])
        - 0.05 * (
            bit_count(letter_pairs_1) + bit_count(letter_pairs_2) + bit_count(letter_pairs_3)
            + bit_count(letter_pairs_4) + bit_count(letter_pairs_5)
        ) DESC,
        plays DESC
    LIMIT 600
)
FROM candidates
