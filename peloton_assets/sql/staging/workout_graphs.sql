-- staging.workout_graphs: the newest landed performance graph of each workout of a month.
-- The segment of the landing zone is the month under which it was asked for. Reads `landed` (`item` is the workout).
WITH newest AS (
    SELECT parse_path(filename, 'both_slash')[-2] AS start_month, item, fetched_at, payload
    FROM landed
    QUALIFY row_number() OVER (PARTITION BY start_month, item ORDER BY seen_at(fetched_at) DESC) = 1
),
typed AS (
    SELECT
        start_month,
        item,
        fetched_at,
        from_json(payload, '{
            "duration": "BIGINT",
            "seconds_since_pedaling_start": ["BIGINT"],
            "summaries": [{"slug": "VARCHAR", "value": "DOUBLE", "display_unit": "VARCHAR"}],
            "average_summaries": [{"slug": "VARCHAR", "value": "DOUBLE", "display_unit": "VARCHAR"}],
            "metrics": [{
                "slug": "VARCHAR", "display_unit": "VARCHAR", "average_value": "DOUBLE", "max_value": "DOUBLE",
                "missing_data_duration": "BIGINT", "values": ["DOUBLE"],
                "zones": [{"slug": "VARCHAR", "duration": "BIGINT", "min_value": "BIGINT", "max_value": "BIGINT"}],
                "alternatives": [{
                    "slug": "VARCHAR", "display_name": "VARCHAR", "display_unit": "VARCHAR",
                    "average_value": "DOUBLE", "max_value": "DOUBLE", "values": ["DOUBLE"]
                }]
            }]
        }') AS graph
    FROM newest
),
read AS (
    SELECT
        start_month,
        item,
        fetched_at,
        graph.duration AS duration_s,
        coalesce(graph.seconds_since_pedaling_start, []) AS seconds,
        list_concat(coalesce(graph.summaries, []), coalesce(graph.average_summaries, [])) AS summaries,
        -- A runner's speed is told as an alternative to the pace; it is a metric like the others.
        list_concat(
            list_transform(coalesce(graph.metrics, []), lambda metric: {
                'metric': metric.slug, 'unit': metric.display_unit, 'average': metric.average_value,
                'maximum': metric.max_value, 'missing_s': metric.missing_data_duration,
                'zones': coalesce(metric.zones, []), 'samples': coalesce(metric."values", [])
            }),
            list_transform(
                flatten(list_transform(coalesce(graph.metrics, []), lambda metric: coalesce(metric.alternatives, []))),
                lambda other: {
                    'metric': coalesce(other.slug, lower(other.display_name)), 'unit': other.display_unit,
                    'average': other.average_value, 'maximum': other.max_value, 'missing_s': NULL::BIGINT,
                    'zones': [], 'samples': coalesce(other."values", [])
                }
            )
        ) AS metrics
    FROM typed
)
SELECT
    start_month AS lake_month,
    start_month,
    item AS workout_id,
    fetched_at AS graph_fetched_at,
    duration_s,
    seconds,
    len(seconds) = len(list_distinct(seconds)) AS seconds_are_distinct,
    summaries,
    -- A metric that is told twice: the first one counts.
    list_filter(metrics, lambda metric, place: list_position([each.metric FOR each IN metrics], metric.metric) = place)
        AS metrics
FROM read
ORDER BY start_month, item
