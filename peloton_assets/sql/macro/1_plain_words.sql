-- The form in which words are compared: lower case, no accents, letters and digits of any script only.
CREATE OR REPLACE MACRO peloton.plain_words(words) AS
    trim(regexp_replace(lower(strip_accents(words)), '[^\p{L}\p{N}]+', ' ', 'g'))
