-- table: peloton.tracks
-- about: Distinct tracks (title and artists): what the song search looks for, some tens of thousands of rows.
-- key: track_key
-- track_key: joins peloton.songs
-- track_no: 1, 2, ... from the most popular track on; a short name for the search tables, new with every build
-- title: the commonest spelling
-- artist_names: of the newest play
-- album_name: of the newest play that has one
-- plays: number of plays in the library
-- last_played: air time of the newest class that plays it, UTC
-- popularity: how often and how lately it is played; a play counts half of one a year later, two more mean twice as much
-- is_explicit: whether a play of it is marked explicit; NULL where the provider never said
-- title_words: words of the title, see peloton.search_words
-- main_title_words: how many of them come before guests and versions: a bracket, a dash or "feat."
-- artist_words: words of the artists
-- spelling_words: words of other spellings of the same artists
-- album_words: words of the album
WITH plays AS (
    SELECT s.*, r.original_air_time AS played_at
    FROM songs AS s
    JOIN rides AS r USING (ride_id)
    WHERE s.title IS NOT NULL
),
played AS (
    SELECT
        track_key,
        mode(title ORDER BY played_at DESC, ride_id) AS title,
        arg_max(artist_names, played_at) AS artist_names,
        arg_max(album_name, played_at) FILTER (album_name IS NOT NULL) AS album_name,
        count(*)::INTEGER AS plays,
        max(played_at) AS last_played,
        floor(2 * log2(sum(pow(2, epoch(played_at) / 31557600))))::INTEGER AS popularity,
        bool_or(is_explicit) AS is_explicit
    FROM plays
    GROUP BY track_key
),
-- One artist under several ids: credits that share an id, the id of a spelling, or a name.
credited AS (
    SELECT *, peloton.plain_words(artist_name) AS plain_name
    FROM (SELECT DISTINCT artist_name, artist_id, artist_alias_id FROM song_artists WHERE artist_name IS NOT NULL)
),
named_alike AS (
    SELECT DISTINCT a.plain_name, b.artist_name AS other_name
    FROM credited AS a
    JOIN credited AS b ON a.artist_id = b.artist_id
    WHERE a.plain_name <> b.plain_name
    UNION
    SELECT DISTINCT a.plain_name, b.artist_name
    FROM credited AS a
    JOIN credited AS b ON a.artist_alias_id = b.artist_alias_id
    WHERE a.plain_name <> b.plain_name
),
spellings AS (
    SELECT plain_name, list_distinct(flatten(list(peloton.search_words(other_name)))) AS words
    FROM named_alike
    GROUP BY plain_name
),
spelt AS (
    SELECT track_key, list_sort(list_distinct(flatten(list(words)))) AS words
    FROM (SELECT track_key, peloton.plain_words(unnest(artist_names)) AS plain_name FROM played)
    JOIN spellings USING (plain_name)
    GROUP BY track_key
),
worded AS (
    SELECT
        p.*,
        -- Only the beginning: what is longer nobody types, and a title of 1 MB would be a million pairs.
        peloton.search_words(left(title, 300)) AS title_words,
        len(peloton.search_words(regexp_replace(
            left(title, 300), '(?i)([^\s(\[-].*?)(\s*[(\[]|\s+[-–—]\s|\s+(feat|ft|featuring)\b).*$', '\1'
        )))::INTEGER AS main_words,
        peloton.search_words(left(array_to_string(artist_names, ' '), 300)) AS artist_words,
        coalesce(s.words, []) AS spelling_words,
        coalesce(peloton.search_words(left(album_name, 300)), []) AS album_words
    FROM played AS p
    LEFT JOIN spelt AS s USING (track_key)
)
SELECT
    track_key,
    row_number() OVER (ORDER BY popularity DESC, plays DESC, last_played DESC, track_key)::INTEGER AS track_no,
    title,
    artist_names,
    album_name,
    plays,
    last_played,
    popularity,
    is_explicit,
    title_words,
    CASE WHEN main_words BETWEEN 1 AND len(title_words) THEN main_words ELSE len(title_words)::INTEGER END AS main_title_words,
    artist_words,
    spelling_words,
    album_words
FROM worded
ORDER BY track_no
