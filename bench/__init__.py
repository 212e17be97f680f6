"""Performance tables: `make bench`. Ratios and counts matter; absolute times are of the machine they ran on."""
