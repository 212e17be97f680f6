"""What is left of iRacing's past is what the next pass asks."""

from __future__ import annotations

import pytest
from racing_in_process import RacingInProcess, crawl

from iracing_assets.past_seasons import sync_past_seasons
from iracing_assets.stock import backlog
from iracing_assets.workspace import Workspace


@pytest.fixture
def racing() -> RacingInProcess:
    return RacingInProcess(series=2)


@pytest.mark.tier("N")
def test_series_then_their_seasons_are_left(work: Workspace, racing: RacingInProcess) -> None:
    assert backlog(work.settings) == [], "who has nothing, misses nothing"
    crawl(work)
    series, seasons = backlog(work.settings)
    assert series.requests > 0 and seasons.at_least, "which seasons there were is not known yet"
    with work.crawling():
        sync_past_seasons(work, (), series.requests)
    nothing, seasons = backlog(work.settings)
    assert nothing.requests == 0 and not seasons.at_least
    with work.crawling():
        result = sync_past_seasons(work, (), None)
    assert result.counts.requests == seasons.requests > 0
    assert backlog(work.settings) == []
