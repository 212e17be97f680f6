-- What was typed, in the form in which words are compared; signs only where there are no words.
CREATE TEMP MACRO asked_form(typed) AS
    coalesce(nullif(peloton.plain_words(left(typed, 200)), ''), lower(trim(left(typed, 200))));

-- How well a name fits what was asked: 1 where it holds these words, less for a part of a word or a close spelling.
CREATE TEMP MACRO fit(asked, name) AS
    CASE
        WHEN asked IS NULL OR contains(' ' || name || ' ', ' ' || asked || ' ') THEN 1
        WHEN contains(name, asked) THEN 0.9
        ELSE peloton.share_found(peloton.said_words(asked)[:12], peloton.said_words(name))
    END
