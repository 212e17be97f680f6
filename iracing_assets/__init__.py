"""The iRacing code location: series, seasons, their events, cars and tracks, and the rule of race starts."""
