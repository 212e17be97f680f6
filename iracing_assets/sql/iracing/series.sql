-- table: iracing.series
-- about: Every series that was ever told, with or without an active season. Absence from the list of today is no removal.
-- key: series_id
-- series_id: the provider's id; joins go by it, since names change with sponsors
-- series_name: the newest name
-- series_short_name: short form
-- category: licence category: oval, sports_car, formula_car, dirt_oval, dirt_road; road before 2024
-- category_id: its number
-- license_group: the lowest licence that may enter: 1 Rookie, 2 D, 3 C, 4 B, 5 A, 6 and 7 Pro
-- min_starters: fewest cars for an official race
-- max_starters: most cars in one race
-- first_season_year: year of its first season
-- first_season_quarter: quarter of its first season, 1 to 4
-- search_filters: words of the provider's own search, separated by commas
-- logo_url: address of the logo
-- forum_url: address of its forum
-- about_html: the provider's description, HTML as it came
-- is_listed: whether the newest list of series with an active season shows it
WITH listed AS (
    SELECT
        id AS series_id,
        seen_at,
        from_json(entity, '{
            "series_name": "VARCHAR", "series_short_name": "VARCHAR", "category": "VARCHAR", "category_id": "INTEGER",
            "allowed_licenses": [{"license_group": "INTEGER"}], "min_starters": "INTEGER", "max_starters": "INTEGER",
            "first_season": {"season_year": "INTEGER", "season_quarter": "INTEGER"}, "search_filters": "VARCHAR",
            "forum_url": "VARCHAR"
        }') AS told
    FROM iracing_entities
    WHERE kind = 'series'
),
past AS (
    SELECT
        id AS series_id,
        from_json(entity, '{
            "series_name": "VARCHAR", "series_short_name": "VARCHAR", "category": "VARCHAR", "category_id": "INTEGER",
            "license_group": "INTEGER", "search_filters": "VARCHAR", "logo": "VARCHAR"
        }') AS told
    FROM iracing_entities
    WHERE kind = 'past_series'
),
assets AS (
    SELECT
        id AS series_id,
        from_json(entity, '{"logo": "VARCHAR", "series_copy": "VARCHAR"}') AS told
    FROM iracing_entities
    WHERE kind = 'series_assets'
),
-- A series may be known from its schedules or from a list of seasons only.
named AS (
    SELECT series_id, arg_max(series_name, first_seen_at) AS series_name, arg_max(category, first_seen_at) AS category
    FROM iracing_weeks
    WHERE series_id IS NOT NULL
    GROUP BY series_id
),
season_rows AS (
    SELECT
        id AS season_id,
        TRY_CAST(json_extract_string(entity, '$.series_id') AS BIGINT) AS series_id,
        json_extract_string(entity, '$.series_name') AS series_name
    FROM iracing_entities
    WHERE kind IN ('listed_season', 'past_season')
),
in_lists AS (
    SELECT series_id, arg_max(series_name, season_id) AS series_name
    FROM season_rows
    WHERE series_id IS NOT NULL
    GROUP BY series_id
),
known AS (
    SELECT series_id FROM listed
    UNION
    SELECT series_id FROM past
    UNION
    SELECT series_id FROM named
    UNION
    SELECT series_id FROM in_lists
)
SELECT
    k.series_id,
    coalesce(told(l.told.series_name), told(p.told.series_name), n.series_name, told(i.series_name)) AS series_name,
    coalesce(told(l.told.series_short_name), told(p.told.series_short_name)) AS series_short_name,
    coalesce(told(l.told.category), told(p.told.category), n.category) AS category,
    coalesce(l.told.category_id, p.told.category_id) AS category_id,
    coalesce(
        list_min(list_transform(l.told.allowed_licenses, lambda a: a.license_group)), p.told.license_group
    ) AS license_group,
    l.told.min_starters AS min_starters,
    l.told.max_starters AS max_starters,
    l.told.first_season.season_year AS first_season_year,
    l.told.first_season.season_quarter AS first_season_quarter,
    coalesce(told(l.told.search_filters), told(p.told.search_filters)) AS search_filters,
    image_url('img/logos/series/' || coalesce(told(a.told.logo), told(p.told.logo))) AS logo_url,
    told(l.told.forum_url) AS forum_url,
    told(a.told.series_copy) AS about_html,
    coalesce(l.seen_at = max(l.seen_at) OVER (), false) AS is_listed
FROM known AS k
LEFT JOIN listed AS l USING (series_id)
LEFT JOIN past AS p USING (series_id)
LEFT JOIN assets AS a USING (series_id)
LEFT JOIN named AS n USING (series_id)
LEFT JOIN in_lists AS i USING (series_id)
ORDER BY series_id
