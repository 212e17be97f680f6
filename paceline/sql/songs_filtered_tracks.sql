-- The tracks of the plays that pass the filters.
CREATE TEMP TABLE chosen_tracks AS FROM peloton.tracks SEMI JOIN chosen_songs USING (track_key)
