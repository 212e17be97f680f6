-- Whether a text holds all words that were typed, in any order, case and accents aside; NULL asks for nothing.
-- Signs only, such as "+", are looked for as they are.
CREATE OR REPLACE TEMP MACRO plain_words(words) AS
    trim(regexp_replace(lower(strip_accents(words)), '[^\p{L}\p{N}]+', ' ', 'g'));
CREATE OR REPLACE TEMP MACRO says(words, typed) AS
    CASE
        WHEN typed IS NULL THEN true
        WHEN plain_words(typed) = '' THEN coalesce(contains(lower(words), lower(trim(typed))), false)
        ELSE coalesce(
            list_bool_and(list_transform(
                string_split(plain_words(typed), ' '), lambda word: contains(plain_words(words), word)
            )),
            false
        )
    END
