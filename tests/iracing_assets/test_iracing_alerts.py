"""A change of the schedule is an alert until a person says that it was seen; another change is another one."""

from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from racing_in_process import RacingInProcess
from test_schedule_changes import changes

from iracing_assets import definitions
from iracing_assets.alerts import look
from iracing_assets.schedule_watch import look as say_seen
from iracing_assets.workspace import Workspace


def test_each_change_of_a_coming_week_is_told_until_it_was_seen(
    synced: Workspace, racing: RacingInProcess
) -> None:
    assert look(synced.settings) == []
    season_id = racing.season("hourly")["season_id"]
    coming = datetime.now(UTC).date() + timedelta(days=30)
    racing.edit(season_id, 4, start_date=f"{coming}")
    changes(synced)
    (first,) = look(synced.settings)
    assert f"{coming}" in first.text
    assert "paceline race-changes" in first.cure
    assert look(synced.settings) == [first]
    racing.edit(season_id, 4, start_date=f"{coming + timedelta(days=7)}")
    changes(synced)
    (second,) = look(synced.settings)
    assert second.key != first.key
    say_seen(synced.state, datetime.now(UTC))
    assert look(synced.settings) == []


def test_the_sensor_of_this_location_tells_it_once(
    synced: Workspace, racing: RacingInProcess, capfd: pytest.CaptureFixture[str]
) -> None:
    def tick() -> str:
        sensor = definitions.defs.resolve_sensor_def("iracing_alerts")
        assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
        with (
            dg.DagsterInstance.ephemeral() as instance,
            dg.build_sensor_context(instance, definitions=definitions.defs) as context,
        ):
            said = sensor.evaluate_tick(context)
        assert not said.run_requests
        return str(said.skip_message)

    assert tick() == "nothing to tell"
    coming = f"{datetime.now(UTC).date() + timedelta(days=30)}"
    racing.edit(racing.season("hourly")["season_id"], 4, start_date=coming)
    changes(synced)
    assert tick() == tick() == "1 alerts hold"
    assert capfd.readouterr().err.count("alert, notice: The schedule changed") == 1
