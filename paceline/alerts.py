"""`paceline alerts`: what a person should know now, and whether alerts would reach them."""

from __future__ import annotations

import typer

from iracing_assets.alerts import look as look_at_iracing
from paceline.dagster_home import failed_runs
from paceline.show import err, out, print_json, table
from peloton_assets.alerts import look as look_at_peloton
from resources.alert_channels import channels
from resources.alerts import NOTICE, Alert
from resources.errors import AlertNotDelivered
from resources.settings import load_settings
from strava_assets.alerts import look as look_at_strava

LOOKS = {"peloton": look_at_peloton, "iracing": look_at_iracing, "strava": look_at_strava}
TEST = Alert(
    "test", NOTICE, "This is a test alert, asked for by `paceline alerts --test`", "Nothing is to be done."
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("alerts")(alerts)


def alerts(
    test: bool = typer.Option(
        False, "--test", help="Send a test alert to the log, webhook and mail that are set."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the alerts (or what the test found) as JSON."),
) -> None:
    """What needs a person now: dead sign-ins, failed runs, stale or lost data, changed answers and schedules.

    Makes no request. `paceline up` tells each of them once, by the log, ALERT_WEBHOOK_URL and ALERT_SMTP_URL.

    Example: paceline alerts --test
    """
    if test:
        _try_channels(as_json)
        return
    settings = load_settings()
    found = [
        alert for source, look in LOOKS.items() for alert in look(settings, failed_runs(settings, source))
    ]
    if as_json:
        print_json([vars(alert) for alert in found])
    elif found:
        table(("severity", "what", "what to do"), [(one.severity, one.text, one.cure) for one in found])
    else:
        out.print("Nothing needs you.")


def _try_channels(as_json: bool) -> None:
    ways = channels(load_settings(), lambda line: err.print(line, markup=False, soft_wrap=True))
    results = []
    for way in ways:
        try:
            way.send([TEST])
            results.append({"channel": way.name, "where": way.where, "delivered": True, "problem": ""})
        except AlertNotDelivered as problem:
            results.append(
                {"channel": way.name, "where": way.where, "delivered": False, "problem": problem.what}
            )
    if as_json:
        print_json(results)
    else:
        for each in results:
            said = "delivered" if each["delivered"] else each["problem"]
            out.print(f"{each['where']}: {said}", markup=False, soft_wrap=True)
        if len(ways) == 1:
            advice = "Set ALERT_WEBHOOK_URL or ALERT_SMTP_URL to be told elsewhere; .env.example says how."
            out.print(advice, soft_wrap=True)
    if not all(each["delivered"] for each in results):
        raise typer.Exit(1)
