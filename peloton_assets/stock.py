"""Peloton as `resources.operations` takes stock of it."""

from __future__ import annotations

from peloton_assets.alerts import look
from peloton_assets.backlog import backlog, in_background
from peloton_assets.members import connections
from peloton_assets.workspace import SOURCE
from resources.operations.stock import Source
from resources.rate_limit import RateLimiter
from resources.settings import LEDGER_NAME, Settings


def limiter(settings: Settings) -> RateLimiter:
    """The pace that all processes share."""
    return RateLimiter(
        SOURCE, settings.peloton_requests_per_second, settings.state_dir / LEDGER_NAME,
        limiter_url=settings.limiter_url,
    )  # fmt: skip


PELOTON = Source(SOURCE, connections, limiter, backlog, look, in_background)
