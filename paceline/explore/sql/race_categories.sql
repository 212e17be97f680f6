-- Licence categories of the race weeks.
SELECT DISTINCT category FROM iracing.events WHERE category IS NOT NULL ORDER BY category
