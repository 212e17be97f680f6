"""`paceline forget`: erase what the API told of an athlete, tokens included; rows of a bulk export stay."""

from __future__ import annotations

import typer

from paceline.show import out, print_json
from resources.errors import UsageProblem
from resources.settings import Settings, load_settings
from resources.strava_auth import PROVIDER, StravaAuth
from resources.token_table import token_store
from resources.warehouse import publish
from strava_assets.athletes import chosen_accounts, connections
from strava_assets.forgetting import forget_athlete, forget_events, forget_sign_in
from strava_assets.rebuild import build_strava
from strava_assets.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("forget")(forget)


def forget(
    source: str = typer.Argument(help="Which provider: strava."),
    athlete: str = typer.Option(help="The account's name or athlete id."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    as_json: bool = typer.Option(False, "--json", help="Print the summary as JSON."),
) -> None:
    """Erase an athlete: tokens, landed answers, tables. Revoke the access in Strava's own settings as well.

    Example: paceline forget strava --athlete 1234567
    """
    if source != PROVIDER:
        raise UsageProblem(f"There is nothing to forget of {source!r}", "Known is: strava.")
    settings = load_settings()
    account, athlete_id = _who(settings, athlete)
    if not yes and not typer.confirm(f"Erase all that Strava's API told of {athlete}?", err=True):
        raise typer.Exit(1)
    work = Workspace(settings)
    with work.crawling(wait_s=0):
        erased = forget_athlete(work, athlete_id)
        forget_events(work, lambda line: str(line["payload"].get("owner_id")) == athlete_id)
        build_strava(work.lake, work.landing)
        publish(settings.warehouse_file, work.lake, work.state)
        if account:
            forget_sign_in(StravaAuth(token_store(settings.state_place), settings.strava_auth_url, account))
    if as_json:
        print_json({"erased": erased})
    elif erased or account:
        out.print(f"{erased} answers and the tokens are erased. What an export brought is still there.")
    else:
        out.print(f"Nothing of athlete {athlete} was found. Known accounts: paceline status")


def _who(settings: Settings, athlete: str) -> tuple[str, str]:
    """Account and athlete id; no account where the sign-in is gone already, as after a first try that was stopped."""
    known = {
        each.account: token_store(settings.state_place).load(PROVIDER, each.account).member_id
        for each in connections(settings)
    }
    for account, athlete_id in known.items():
        if athlete in (account, athlete_id):
            return account, athlete_id
    if athlete.isdecimal():
        return "", athlete
    (account,) = chosen_accounts(settings, athlete)  # says what is known
    return account, ""
