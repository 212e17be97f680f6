"""The table of contracts names every address that the code knows or asks, and everything that is landed."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from urllib.parse import urlsplit

import engine
import pytest
from observing import quiet

from iracing_assets import staging as iracing_staging
from iracing_assets.contracts import CONTRACTS as IRACING
from paceline.contract_page import CONTRACTS as EVERY
from paceline.contract_page import PAGE, page, section
from peloton_assets import full_walk, pending
from peloton_assets.contracts import CONTRACTS
from peloton_assets.full_walk import full_walk as walk_everything
from peloton_assets.scope import Scope, months_between
from peloton_assets.workspace import Workspace
from resources.contract import NONE
from resources.settings import CHECKOUT
from sandbox.client import Sandbox
from strava_assets import staging as strava_staging
from strava_assets.contracts import CONTRACTS as STRAVA
from strava_assets.export_import import EXPORTED
from strava_assets.forgetting import UNMARKED
from strava_assets.items import STATES, STREAMS

pytestmark = pytest.mark.promise("G6")

OUR_OWN_RECORDS = {
    full_walk.RESOURCE,
    "members",
    "workout_removals",
    "workout_csv",
}  # landed like an answer, but no provider gave it
ADDRESS = re.compile(r"/(api|oauth|auth)[\w/{}]*|/authorize")
ADDRESSES = {contract.address.split()[1]: contract for contract in CONTRACTS}
RESOURCES = {contract.resource for contract in CONTRACTS if contract.resource}


def texts(node: ast.AST) -> Iterator[str]:
    """Texts below a node of the code; what is put into one becomes {}."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in child.values]
            yield "".join(map(str, parts))
        elif isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield child.value
        else:
            yield from texts(child)


def without_names(address: str) -> str:
    return re.sub(r"\{\w*\}", "{}", address)


def test_every_address_in_the_code_has_a_contract(figure: Callable[[str], None]) -> None:
    """The code that talks to the provider; docstrings speak of more."""
    known = set()
    for path in (CHECKOUT / "resources").glob("peloton*.py"):
        for text in texts(ast.parse(path.read_text())):
            found = text.removeprefix("{}").partition("?")[0]
            if " " not in found and ADDRESS.fullmatch(found):
                known.add(found)
    assert {"/api/v2/ride/archived", "/api/ride/{}/details", "/oauth/token"} <= known
    assert known == {without_names(address) for address in ADDRESSES}
    figure(f"{len(known)} addresses in the code, each with its contract")


def test_every_document_of_iracing_that_is_asked_has_a_contract(figure: Callable[[str], None]) -> None:
    """`self.get("series/get", ...)` in the client, and the address of the tokens."""
    calls = [
        node
        for node in ast.walk(ast.parse((CHECKOUT / "resources" / "iracing.py").read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "self.get"
    ]
    asked = {f"/data/{ast.literal_eval(call.args[0])}" for call in calls}
    assert len(asked) > 10
    signs_in = {
        found for text in texts(ast.parse((CHECKOUT / "resources" / "iracing_auth.py").read_text()))
        if ADDRESS.fullmatch(found := text.removeprefix("{}"))
    }  # fmt: skip
    assert asked | signs_in == {contract.address.split()[1] for contract in IRACING}
    figure(f"{len(asked | signs_in)} addresses of iRacing in the code, each with its contract")


# Of a folder of documents these are read as well, and never asked for.
ONLY_IMPORTED = {"series_season_list", "series_stats_series"}


def test_what_is_read_of_iracings_landing_zone_has_a_contract() -> None:
    resources = {contract.resource for contract in IRACING if contract.resource}
    assert set(iracing_staging.RESOURCES) == resources | ONLY_IMPORTED
    known_fields = json.loads((CHECKOUT / "iracing_assets" / "known_fields.json").read_text())
    assert set(known_fields) >= resources


def test_every_address_of_strava_that_is_asked_has_a_contract(figure: Callable[[str], None]) -> None:
    """`self._get(f"activities/{...}/zones", ...)` in the client, and the addresses of the sign-in."""
    calls = [
        node
        for node in ast.walk(ast.parse((CHECKOUT / "resources" / "strava.py").read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "self._get"
    ]
    asked = {f"/{next(texts(ast.Module([ast.Expr(call.args[0])], [])))}" for call in calls}
    assert len(asked) == len(calls) > 5
    signs_in = {
        found for text in texts(ast.parse((CHECKOUT / "resources" / "strava_auth.py").read_text()))
        if ADDRESS.fullmatch(found := text.removeprefix("{}").partition("?")[0])
    }  # fmt: skip
    assert asked | signs_in == {without_names(contract.address.split()[1]) for contract in STRAVA}
    figure(f"{len(asked | signs_in)} addresses of Strava in the code, each with its contract")


def test_what_is_read_of_stravas_landing_zone_has_a_contract() -> None:
    """Series are read from the landing zone itself; what they are of, removals and exports are records of our own."""
    resources = {contract.resource for contract in STRAVA if contract.resource}
    assert {*strava_staging.RESOURCES} | {STREAMS} == resources | {STATES, UNMARKED, EXPORTED}


# Asked for, or noted, only when something special happened: see test_workout_list.py and test_history_csv.py.
NOT_EVERY_TIME = {"workout", "workout_removals", "workout_csv"}


@pytest.fixture
def peloton() -> Iterator[Sandbox]:
    """The usual library, and a member who takes classes."""
    with Sandbox(rate=0, classes=400, until="2021-06-30", workouts=120) as sandbox:
        yield sandbox


@pytest.mark.tier("N")
def test_every_request_and_every_landed_answer_has_a_contract(work: Workspace, peloton: Sandbox) -> None:
    patterns = [re.compile(re.sub(r"\{\w+\}", "[^/]+", address)) for address in ADDRESSES]
    months = tuple(months_between(date(2019, 1, 1), date(2021, 6, 30)))
    peloton.reset()
    engine.sync(Scope(months[:2], classes="all"), workouts=True)
    work.client.me_id()
    walk_everything(work, months, quiet, accept_removals=False)
    asked = {re.sub("^/peloton(-auth)?", "", urlsplit(line[2]).path) for line in peloton.requests()}
    assert len(asked) > 5
    assert [path for path in asked if not any(pattern.fullmatch(path) for pattern in patterns)] == []
    landed = {path.name for path in (work.settings.landing_dir / "peloton").iterdir()}
    assert landed == (RESOURCES | OUR_OWN_RECORDS) - NOT_EVERY_TIME


def test_what_is_read_of_the_landing_zone_has_a_contract() -> None:
    assert set(pending.STAGED_IN) == RESOURCES | OUR_OWN_RECORDS
    known_fields = json.loads((CHECKOUT / "peloton_assets" / "known_fields.json").read_text())
    assert set(known_fields) <= RESOURCES


def test_every_landed_resource_says_all_that_matters() -> None:
    for contract in (contract for contracts in EVERY.values() for contract in contracts):
        if contract.resource:
            assert NONE not in (
                contract.key,
                contract.page_limit,
                contract.edit_window,
                contract.delete_signal,
            )
            assert contract.gaps, "nothing unknown would be a wonder"


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text() == page(), "run make docs"
    for provider, contracts in EVERY.items():
        assert all(section(provider, contract) in page() for contract in contracts)
