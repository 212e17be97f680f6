"""The group "operations" of this location."""

from resources.dagster_operations import operations_of
from strava_assets.stock import STRAVA

STRAVA_OPERATIONS = operations_of(STRAVA, minute=6)
