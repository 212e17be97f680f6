-- table: ops.sizes
-- about: How large each part of the data folder was, one row a day and part, the last 400 days.
-- key: day, room
-- day: UTC
-- room: landing, lake, warehouse, backups, state, dagster (its storage), disk used or disk free
-- bytes: bytes on the disk
-- files: number of files; NULL for the disk
-- measured_at: UTC
SELECT day::DATE AS day, room, bytes::BIGINT AS bytes, files::BIGINT AS files, measured_at::TIMESTAMPTZ AS measured_at
FROM state_rows
ORDER BY day, room
