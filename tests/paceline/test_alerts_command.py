"""`paceline alerts` and the sensors, on data folders that real commands made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from alert_receivers import WebhookReceiver, serving
from chain import CLASSES, WINDOW
from command import Home

from peloton_assets.definitions import defs
from sandbox.client import Sandbox

KEY = "xoxb-Canary-0123456789-abcdef"


def keys(home: Home) -> list[str]:
    ended = home.run("alerts", "--json")
    assert ended.code == 0, ended.err
    return [alert["key"] for alert in ended.facts]


def tick(home: Home, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the sensor of Peloton says of a look at a folder, with Dagster's storage of that folder."""
    with monkeypatch.context() as patch:
        for name, value in home.env.items():
            patch.setenv(name, value)
        with (
            dg.DagsterInstance.from_config(str(home.path / "state" / "dagster")) as instance,
            dg.build_sensor_context(instance, definitions=defs) as context,
        ):
            return str(defs.resolve_sensor_def("peloton_alerts").evaluate_tick(context).skip_message)


@pytest.mark.tier("N")
def test_a_run_that_failed_is_told_once_with_its_reason_until_one_succeeds(
    library: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(rate=0, classes=CLASSES) as sandbox, serving(WebhookReceiver()) as hook:
        home = library.copy(tmp_path / "data", sandbox, ALERT_WEBHOOK_URL=f"{hook.address}/{KEY}")
        signed_out = Home(home.path, sandbox, **home.env | {"PELOTON_REFRESH_TOKEN": ""})
        assert keys(home) == []
        assert signed_out.sync("--year", "2024", "--month", "4").code == 4
        assert keys(signed_out) == ["run/peloton/peloton_library"]
        hook.status = 503
        assert "did not reach the webhook at 127.0.0.1: status 503" in tick(signed_out, monkeypatch)
        hook.status = 200
        assert tick(signed_out, monkeypatch) == tick(signed_out, monkeypatch) == "1 alerts hold"
        (body,) = hook.bodies
        assert "The last run of peloton_library failed: There is no credential for Peloton" in body["text"]
        assert ". Run `paceline login peloton`, or put a new PELOTON_REFRESH_TOKEN into .env" in body["text"]
        assert home.sync(*WINDOW).code == 0
        assert (keys(home), tick(home, monkeypatch)) == ([], "nothing to tell")
        assert len(hook.bodies) == 1
    kept = b"".join(path.read_bytes() for path in (home.path / "state").rglob("*") if path.is_file())
    assert KEY.encode() not in kept, "an address is a secret"


def test_a_test_alert_goes_to_what_is_configured_and_says_what_arrived(library: Home, tmp_path: Path) -> None:
    with serving(WebhookReceiver()) as hook:
        env = {"ALERT_WEBHOOK_URL": f"{hook.address}/{KEY}"}
        found: list[dict[str, Any]] = Home(tmp_path / "none", **env).run("alerts", "--test", "--json").facts
        assert [(each["channel"], each["delivered"]) for each in found] == [("log", True), ("webhook", True)]
        assert "test alert" in hook.bodies[0]["text"]
        hook.status = 404
        ended = Home(tmp_path / "none", **env).run("alerts", "--test")
        assert ended.code == 1
        assert (
            "the webhook at 127.0.0.1: Alerts did not reach the webhook at 127.0.0.1: status 404" in ended.out
        )
        assert KEY not in ended.out + ended.err
    wrong = Home(tmp_path / "none", ALERT_WEBHOOK_URL=f"somewhere/{KEY}").run("alerts", "--test")
    assert (wrong.code, wrong.err.startswith("ALERT_WEBHOOK_URL is not an address. Set it")) == (2, True)
    assert KEY not in wrong.err
    assert not (tmp_path / "none").exists(), "a test writes nothing"
