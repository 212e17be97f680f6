-- check: An activity is stored in the month of its start.
-- asset: athletes
-- blocking: true
SELECT activity_id, start_date, start_month
FROM activities
WHERE start_month IS DISTINCT FROM date_trunc('month', start_date)::DATE
