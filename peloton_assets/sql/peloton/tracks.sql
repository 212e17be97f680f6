-- table: peloton.tracks
-- about: Distinct tracks (title and artists): what the song search looks for, some tens of thousands of rows.
-- key: track_key
-- track_key: joins peloton.songs
-- track_id: its first 15 digits as a number; joins peloton.ride_plays
-- track_no: 1, 2, ... from the most popular track on; a short name for peloton.track_terms, new with every build
-- ride_id: the newest class that plays it
-- title: as that class spells it
-- artist_names: as that class spells them
-- album_name: as that class spells it
-- plays: number of plays in the library
-- last_played: air time of that class, UTC
-- popularity: how often and how lately it is played; a play counts half of one a year later, two more mean twice as much
-- is_explicit: whether a play of it is marked explicit; NULL where the provider never said
-- title_words: words of the title, see peloton.search_words
-- main_title_words: how many of them come before guests and versions: a bracket, a dash or "feat."
-- artist_words: words of the artists
-- spelling_words: words of other spellings of the same artists
-- album_words: words of the album
-- word_rules: a mark of the rules by which the words were made
WITH read_anew AS (
    SELECT s.*, c.track_id
    FROM counted_tracks AS c
    JOIN songs AS s ON s.ride_id = c.ride_id AND track_id(s.track_key) = c.track_id
    WHERE NOT c.is_known
    QUALIFY row_number() OVER (PARTITION BY c.track_id ORDER BY s.playlist_order) = 1
),
named AS (
    SELECT
        n.track_id,
        n.track_key,
        n.title,
        n.artist_names,
        n.album_name,
        -- Only the beginning: what is longer nobody types, and a title of 1 MB would be a million pairs.
        coalesce(k.title_words, peloton.search_words(left(n.title, 300))) AS title_words,
        coalesce(k.main_title_words, len(peloton.search_words(regexp_replace(
            left(n.title, 300), '(?i)([^\s(\[-].*?)(\s*[(\[]|\s+[-–—]\s|\s+(feat|ft|featuring)\b).*$', '\1'
        ))))::INTEGER AS main_words,
        coalesce(k.artist_words, peloton.search_words(left(array_to_string(n.artist_names, ' '), 300))) AS artist_words,
        coalesce(k.album_words, peloton.search_words(left(n.album_name, 300)), []) AS album_words
    FROM read_anew AS n
    LEFT JOIN known_tracks AS k
        ON k.track_id = n.track_id
        AND k.title = n.title
        AND k.artist_names IS NOT DISTINCT FROM n.artist_names
        AND k.album_name IS NOT DISTINCT FROM n.album_name
    UNION ALL
    SELECT
        track_id, track_key, title, artist_names, album_name, title_words, main_title_words, artist_words, album_words
    FROM known_tracks
    SEMI JOIN (FROM counted_tracks WHERE is_known) USING (track_id)
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
    SELECT track_id, list_sort(list_distinct(flatten(list(words)))) AS words
    FROM (SELECT track_id, peloton.plain_words(unnest(artist_names)) AS plain_name FROM named)
    JOIN spellings USING (plain_name)
    GROUP BY track_id
)
SELECT
    n.track_key,
    track_id,
    row_number() OVER (ORDER BY c.popularity DESC, c.plays DESC, c.last_played DESC, n.track_key)::INTEGER AS track_no,
    c.ride_id,
    n.title,
    n.artist_names,
    n.album_name,
    c.plays,
    c.last_played,
    c.popularity,
    c.is_explicit,
    n.title_words,
    CASE WHEN n.main_words BETWEEN 1 AND len(n.title_words) THEN n.main_words ELSE len(n.title_words)::INTEGER END
        AS main_title_words,
    n.artist_words,
    coalesce(s.words, []) AS spelling_words,
    n.album_words,
    word_rules() AS word_rules
FROM counted_tracks AS c
JOIN named AS n USING (track_id)
LEFT JOIN spelt AS s USING (track_id)
ORDER BY track_no
