"""Facts for the person who runs Paceline: connections, limits, what is left to ask, sizes, what will break next.

Knows no Dagster and makes no request. Each provider's package says in its `stock.py` what only it knows.
"""
