"""Strava: activities, their series and gear, by its API and from the bulk export."""
