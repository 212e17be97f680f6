"""The stand-in for the providers: a seeded, scripted HTTP server in a process of its own.

Tests, the demo and the benchmarks talk to it exactly as they would talk to the real service.
It knows nothing of Dagster, DuckDB or the rest of Paceline, and needs only the standard library.

What goes wrong is a script of faults, whose words are in `sandbox.faults`. By hand:

    python -m sandbox --port 8099 --faults storm          a scenario of sandbox/scenarios
    python -m sandbox --port 8099 --faults my-own.json    a file as `sandbox.scenario` describes it
    python -m sandbox --workouts 400 --members 2          members with a history of workouts
    python -m sandbox --iracing-series 150         as many series as iRacing has
    python -m sandbox --strava-activities 1132     an athlete with nine years of activities
    curl 127.0.0.1:8099/_sandbox/faults                   what was hit so far
"""
