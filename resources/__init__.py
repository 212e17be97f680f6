"""Everything between a provider and the warehouse: clients, limits, tokens, landing zone, lake, warehouse.

Only `resources.dagster` imports Dagster; the rest can be used and tested alone.
"""
