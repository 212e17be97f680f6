"""What is relied on at one address of a provider: the rows of docs/contracts.md. Each provider fills its own."""

from __future__ import annotations

from dataclasses import dataclass

NONE = "none"


@dataclass(frozen=True)
class Contract:
    """One address. `resource` is its folder in the landing zone; empty where nothing is landed."""

    address: str
    resource: str
    gives: str
    key: str = NONE
    cursor: str = NONE
    order: str = NONE
    page_limit: str = NONE
    edit_window: str = NONE
    delete_signal: str = NONE
    gaps: tuple[str, ...] = ()
