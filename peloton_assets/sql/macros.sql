-- Small rules that several statements share. Class type and series ids are the provider's; evidence: the
-- same ids over 309 rides in 2026-09 and recordings of 2021 to 2025.

-- Unix seconds to a time; NULL for what cannot be one: before 2000 or after 2100.
CREATE OR REPLACE TEMP MACRO unix_time(seconds) AS
    CASE WHEN seconds BETWEEN 946684800 AND 4102444800 THEN to_timestamp(seconds) END;

-- The UTC month of Unix seconds as YYYY-MM.
CREATE OR REPLACE TEMP MACRO unix_month(seconds) AS
    CASE WHEN seconds BETWEEN 946684800 AND 4102444800 THEN strftime(epoch_ms((seconds * 1000)::BIGINT), '%Y-%m') END;

-- A short form of a track's key.
CREATE OR REPLACE TEMP MACRO track_id(track_key) AS ('0x' || left(track_key, 15))::BIGINT;

-- When something was seen, by our own clock; the beginning of time where that clock was ahead by more than a day.
-- What such a clock saw counts as the oldest, since else it would hide everything seen after it was set right.
CREATE OR REPLACE TEMP MACRO seen_at(moment) AS
    CASE WHEN epoch_ms(moment) <= epoch_ms(now()) + 86400000 THEN moment ELSE to_timestamp(0) END;

CREATE OR REPLACE TEMP MACRO title_says(title, pattern) AS
    coalesce(regexp_matches(lower(title), pattern), false);

-- One class type id covers Power Zone, Endurance and Max; the list row has no flag for it.
CREATE OR REPLACE TEMP MACRO looks_power_zone(title, class_type_ids) AS
    list_contains(coalesce(class_type_ids, []), '665395ff3abf4081bf315686227d1a51')
    OR title_says(title, 'power zone|\bpz\b|\bftp test\b');

-- The series tells the kind; themed series have their own ids, so the title comes next.
CREATE OR REPLACE TEMP MACRO zone_kind(title, series_id) AS
    CASE
        WHEN title_says(title, 'ftp.*warm.?up') THEN 'ftp warm up'
        WHEN title_says(title, '\bftp\b') THEN 'ftp test'
        WHEN series_id = '0f63c48726fa4533a928cae5358d94d7' THEN 'endurance'
        WHEN series_id = '5e02288cccac46bbbba2eb1acb41f059' THEN 'max'
        WHEN series_id = '9fde039566054ea499130bed1c289eb3' THEN 'power zone'
        WHEN title_says(title, 'endurance') THEN 'endurance'
        WHEN title_says(title, '\bmax\b') THEN 'max'
        ELSE 'power zone'
    END;

-- Cool-downs of before 2024 sit under the warm-up type, so the title decides first and the id only then.
CREATE OR REPLACE TEMP MACRO looks_cool_down(title, class_type_ids) AS
    title_says(title, 'cool.?down')
    OR (
        NOT title_says(title, 'warm.?up')
        AND list_contains(coalesce(class_type_ids, []), 'a1fa617f3ba14c0a8c25468d5c88b3ea')
    );

CREATE OR REPLACE TEMP MACRO looks_warm_up(title, class_type_ids) AS
    title_says(title, 'warm.?up')
    OR (
        NOT title_says(title, 'cool.?down')
        AND list_has_any(coalesce(class_type_ids, []), [
            '57dbf6f9a4904a9f80e302380855bdb7', 'c0681493aaeb4029b01f64a6c9ff3e0e',
            'ca63751ab3f1430fb31d1d06e5d34804', '5ce29a5ff8524bba9132cff42e5cbedd',
            'db88920cc225430f9abc9d807197efb0', 'fe97840b3e5647aca9bede207e3b854e',
            '88a2c821efd2439a85e03bb45ddb06eb', '42ff0fb62865408bbc07ec09c1176a76'
        ])
    );

-- Members of lists of a performance graph by their name; NULL where it has none such.
CREATE OR REPLACE TEMP MACRO metric_named(metrics, name) AS
    list_filter(metrics, lambda one: one.metric = name)[1];
CREATE OR REPLACE TEMP MACRO summary_named(summaries, name) AS
    list_filter(summaries, lambda one: one.slug = name)[1];

CREATE OR REPLACE TEMP MACRO in_metres(amount, unit) AS
    amount * CASE lower(unit) WHEN 'm' THEN 1 WHEN 'km' THEN 1000 WHEN 'mi' THEN 1609.344 WHEN 'ft' THEN 0.3048 END;
CREATE OR REPLACE TEMP MACRO in_kph(amount, unit) AS
    amount * CASE lower(unit) WHEN 'kph' THEN 1 WHEN 'km/h' THEN 1 WHEN 'mph' THEN 1.609344 END;
