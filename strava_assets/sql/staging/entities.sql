-- staging.strava_entities: what was told last of each activity, of its details and zones, of gear and athletes.
-- Reads `landed`: one thing a line. Long parts that no table reads stay in the landing zone.
SELECT
    CASE resource_of(filename)
        WHEN 'activities' THEN 'activity' WHEN 'activity_details' THEN 'detail' WHEN 'activity_zones' THEN 'zones'
        WHEN 'stream_states' THEN 'streams' WHEN 'gear' THEN 'gear' WHEN 'athletes' THEN 'athlete'
        WHEN 'export_activities' THEN 'export' WHEN 'removals' THEN 'removal'
    END AS kind,
    nullif(item, '') AS id,
    seen_at(fetched_at) AS seen_at,
    CASE resource_of(filename)
        WHEN 'activity_details' THEN json_merge_patch(payload, '{
            "segment_efforts": null, "similar_activities": null, "photos": null, "best_efforts": null,
            "splits_metric": null, "splits_standard": null, "stats_visibility": null
        }'::JSON)
        WHEN 'activity_zones' THEN json_object('zones', payload)
        WHEN 'export_activities' THEN json_merge_patch(payload, '{"streams": null}'::JSON)
        ELSE payload
    END AS entity
FROM landed
