-- Columns of one table or view, in order.
SELECT column_name AS name, data_type AS type, comment
FROM duckdb_columns()
WHERE schema_name || '.' || table_name = $table
ORDER BY column_index
