-- Small rules that several statements share.

-- When something was seen, by our own clock; the beginning of time where that clock was ahead by more than a day.
CREATE OR REPLACE TEMP MACRO seen_at(moment) AS
    CASE WHEN epoch_ms(moment) <= epoch_ms(now()) + 86400000 THEN moment ELSE to_timestamp(0) END;

-- Which landed document a row comes from: its folder in the landing zone.
CREATE OR REPLACE TEMP MACRO resource_of(filename) AS string_split(filename, '/')[-3];

-- A number as it came: some are missing as an empty list, as text, or as null.
CREATE OR REPLACE TEMP MACRO number_at(entity, place) AS TRY_CAST(json_extract_string(entity, place) AS DOUBLE);
