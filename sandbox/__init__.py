"""The stand-in for the providers: a seeded, scripted HTTP server in a process of its own.

Tests, the demo and the benchmarks talk to it exactly as they would talk to the real service.
It knows nothing of Dagster, DuckDB or the rest of Paceline, and needs only the standard library.
"""
