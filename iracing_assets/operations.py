"""The group "operations" of this location."""

from iracing_assets.stock import IRACING
from resources.dagster_operations import operations_of

IRACING_OPERATIONS = operations_of(IRACING, minute=5)
