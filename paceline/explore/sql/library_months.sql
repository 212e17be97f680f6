-- The library by UTC month: how many classes each event happened to.
SELECT
    date_trunc('month', happened_at)::DATE AS month,
    count(*) FILTER (event = 'aired') AS aired,
    count(*) FILTER (event = 'listed') AS listed,
    count(*) FILTER (event = 'late') AS late,
    count(*) FILTER (event = 'removed') AS removed,
    count(*) FILTER (event = 'relisted') AS relisted
FROM peloton.library_events
GROUP BY ALL
ORDER BY month
