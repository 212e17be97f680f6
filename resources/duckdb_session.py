"""How every DuckDB connection of ours begins: times in UTC, and nothing on standard output.

Surprising: DuckDB draws a progress bar there for any query of more than two seconds, terminal or not, which would
spoil what `--json` prints whenever the machine is busy.
"""

BEGIN = "SET TimeZone = 'UTC'; SET enable_progress_bar_print = false"
