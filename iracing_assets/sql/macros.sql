-- Small rules that several statements share.

-- When something was seen, by our own clock; the beginning of time where that clock was ahead by more than a day.
CREATE OR REPLACE TEMP MACRO seen_at(moment) AS
    CASE WHEN epoch_ms(moment) <= epoch_ms(now()) + 86400000 THEN moment ELSE to_timestamp(0) END;

-- "No value" comes as an absent key, null, a blank, N/A, and even as the text null (facts 4.2).
CREATE OR REPLACE TEMP MACRO told(words) AS
    CASE WHEN lower(trim(words)) NOT IN ('', 'n/a', 'null') THEN trim(words) END;

-- Images are told relative to the image host, maps as whole addresses; both occurred relative.
CREATE OR REPLACE TEMP MACRO image_url(path) AS
    CASE
        WHEN told(path) IS NULL OR told(path) LIKE 'http%' THEN told(path)
        ELSE 'https://images-static.iracing.com/' || ltrim(told(path), '/')
    END;

-- Which landed document a row comes from: its folder in the landing zone.
CREATE OR REPLACE TEMP MACRO resource_of(filename) AS string_split(filename, '/')[-3];

-- Degrees Celsius of a temperature in the provider's units: 0 Fahrenheit, 1 Celsius.
CREATE OR REPLACE TEMP MACRO to_celsius(value, units) AS CASE units WHEN 0 THEN (value - 32) / 1.8 WHEN 1 THEN value END;
