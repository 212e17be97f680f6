-- Words of the tracks, and where they stand.
FROM peloton.track_terms
