"""The stand-in for Strava: OAuth, the limits of an application, an athlete's history, and the bulk export."""
