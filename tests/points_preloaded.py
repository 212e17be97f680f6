"""What the fork server imports: first the finder of points, then everything that is slow to import."""

import points

points.install()

import dagster  # noqa: E402, F401
import engine  # noqa: E402, F401
import rich.console  # noqa: E402, F401
import typer  # noqa: E402, F401

import peloton_assets.definitions  # noqa: E402, F401
