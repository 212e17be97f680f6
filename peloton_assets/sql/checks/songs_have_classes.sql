-- check: Every song belongs to a class that is there.
-- asset: songs
-- blocking: true
SELECT ride_id, count(*) AS songs FROM songs ANTI JOIN rides USING (ride_id) GROUP BY ride_id
