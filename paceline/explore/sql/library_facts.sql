-- What is known of the library as a whole.
SELECT
    count(*) AS classes,
    count(*) FILTER (removed_at IS NULL AND NOT coalesce(is_placeholder, false)) AS listed,
    count(removed_at) AS removed,
    count(*) FILTER (is_placeholder) AS placeholders,
    count(details_fetched_at) AS detailed,
    min(first_listed_at) AS records_begin,
    max(last_listed_at) AS last_look
FROM peloton.rides
