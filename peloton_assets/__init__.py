"""The Peloton code location: class library, instructors, playlists, songs and their search tables."""
