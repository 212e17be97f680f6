"""The token store: `state/tokens/<provider>.json`, readable by its owner only, written whole or not at all.

Refresh tokens are used once, so losing one write means a new sign-in: every write goes to a temporary file,
is forced to the disk and renamed. Surprising: hashes of all refresh tokens ever held are kept, because the
value in `.env` stays there after it was spent and must not be taken for a new one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from resources.errors import AlreadyRunning, StorageProblem
from resources.files import replacing
from resources.locks import FILE_MODE, FOLDER_MODE, Busy, FileLocks, Locks
from resources.redact import one_line, remember

LOCK_WAIT_S = 120.0
MOST_SEEN = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tokens:
    """One account's credential. Times are Unix seconds; 0 means unknown."""

    access_token: str = ""
    access_expires_at: float = 0.0
    refresh_token: str = ""
    obtained_at: float = 0.0
    # Set before a refresh is sent, cleared by its outcome; found later = the outcome was lost.
    refresh_sent: str = ""
    refresh_sent_at: float = 0.0
    refresh_rejected: str = ""
    refresh_not_before: float = 0.0
    # When that was decided, also in seconds since the host's start, which no change of the clock moves.
    refresh_paused_at: float = 0.0
    refresh_paused_uptime: float = 0.0
    refresh_paused_host: str = ""
    unproven: int = 0  # refreshes since the API last accepted a token
    # Whose this credential is, as the API told once; a new sign-in may be somebody else's and starts empty.
    member_id: str = ""
    seen: tuple[str, ...] = field(default=())
    scope: str = ""  # what was granted, as words with blanks between; empty where nobody said
    # Of a grant with name and password: what is needed to sign in again (secrets masked as they are sent), when that
    # was done within the last hour, and which credentials were rejected.
    credentials: dict[str, str] = field(default_factory=dict)
    logins: tuple[float, ...] = field(default=())
    login_rejected: str = ""

    def __repr__(self) -> str:
        return f"Tokens(access={bool(self.access_token)}, refresh={bool(self.refresh_token)})"


@dataclass(frozen=True)
class Pasted:
    """What a person pasted, cleaned; empty where it held nothing of the kind."""

    access_token: str = ""
    refresh_token: str = ""

    def __repr__(self) -> str:
        return f"Pasted(access={bool(self.access_token)}, refresh={bool(self.refresh_token)})"


class TokenStore:
    """All accounts of all providers under `state_dir/tokens`."""

    def __init__(self, state_dir: Path) -> None:
        self.folder = state_dir / "tokens"

    def load(self, provider: str, account: str = "default") -> Tokens:
        """The account's tokens, empty ones when there are none."""
        found = self._read(provider).get(account)
        known = {item.name for item in fields(Tokens)}
        values = {key: value for key, value in (found or {}).items() if key in known}
        if not isinstance(values.get("scope", ""), str):
            del values["scope"]  # another version may have meant something else by it
        tuples = {name: tuple(values.get(name, ())) for name in ("seen", "logins")}
        tokens = Tokens(**{**values, **tuples})
        remember(tokens.access_token, tokens.refresh_token)
        return tokens

    def save(self, provider: str, tokens: Tokens, account: str = "default") -> None:
        """Replace the account's tokens; on the disk before this returns. Call it inside `lock`."""
        remember(tokens.access_token, tokens.refresh_token)
        self._write(provider, account, {**asdict(tokens), "seen": list(tokens.seen[-MOST_SEEN:])})

    def accounts(self, provider: str) -> list[str]:
        """Names of the accounts that have an entry."""
        return sorted(self._read(provider))

    def path(self, provider: str) -> Path:
        """Where the provider's tokens are."""
        return self.folder / f"{_file_name(provider)}.json"

    def where(self, provider: str) -> str:
        """The same in words, and who may read it."""
        return f"{self.path(provider)}, for you only"

    def lock(self, provider: str) -> AbstractContextManager[None]:
        """Only one thread of one process at a time changes a provider's tokens."""
        self._make_folder()
        return lock_tokens(FileLocks(self.folder), _file_name(provider), provider)

    def _read(self, provider: str) -> dict[str, dict[str, Any]]:
        path = self.path(provider)
        try:
            _repair_mode(self.folder, FOLDER_MODE)
            _repair_mode(path, FILE_MODE)
            content = json.loads(path.read_text(encoding="utf-8"))
            accounts = content["accounts"]
            if not all(isinstance(entry, dict) for entry in accounts.values()):
                raise TypeError("an account is no object")
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise StorageProblem(f"{path} cannot be read ({one_line(error)})", "Check its rights.") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise StorageProblem(
                f"{path} is not a token file any more", f"Delete it and run `paceline login {provider}`."
            ) from None
        return dict(accounts)

    def _write(self, provider: str, account: str, content: dict[str, Any]) -> None:
        accounts = {**self._read(provider), account: content}
        self._make_folder()
        with replacing(self.path(provider)) as temporary:
            temporary.touch(mode=FILE_MODE, exist_ok=False)  # private before the first byte
            temporary.write_text(json.dumps({"accounts": accounts}), encoding="utf-8")

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        except OSError as error:
            raise StorageProblem(
                f"{self.folder} cannot be made ({one_line(error)})", "Check its rights."
            ) from None
        _repair_mode(self.folder, FOLDER_MODE)


@contextmanager
def lock_tokens(locks: Locks, name: str, provider: str) -> Iterator[None]:
    """Hold the lock of a provider's tokens; AlreadyRunning when it is not to be had."""
    with ExitStack() as held:
        try:
            held.enter_context(locks.hold(name, LOCK_WAIT_S))
        except Busy:
            raise AlreadyRunning(
                f"Another process has been renewing the {provider} tokens for {LOCK_WAIT_S:.0f} s",
                "Wait for it, or end it, and try again.",
            ) from None
        yield


def fingerprint(token: str) -> str:
    """A short hash by which a token is recognised without being kept."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def jwt_times(token: str) -> tuple[float, float]:
    """(`iat`, `exp`) of a JWT in Unix seconds, 0 where untold. The signature is the provider's business."""
    parts = token.split(".")
    if len(parts) != 3:
        return 0.0, 0.0
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return float(claims.get("iat") or 0), float(claims.get("exp") or 0)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return 0.0, 0.0


def clean_pasted(text: str, opaque_is: str = "refresh") -> Pasted:
    """Tokens out of whatever was copied: bare, quoted, with Bearer, cut into lines, or the JSON around it.

    `opaque_is` says what a token is that tells nothing about itself ("refresh" or "access").
    """
    access = _named(text, "access_token")
    refresh = _named(text, "refresh_token")
    if not access and not refresh and "{" not in text:
        bare = re.sub(r"(?i)^\W*(?:(?:proxy-)?authorization\W+)?(?:bearer\b)?", "", text.strip(), count=1)
        bare = re.sub(r"[\s\"'`,;\\]|[^\x21-\x7e]", "", bare)
        if bare.startswith("v1."):
            refresh = bare
        elif bare.startswith("eyJ") or opaque_is == "access":
            access = bare
        else:
            refresh = bare
    remember(access, refresh)
    return Pasted(access, refresh)


def _named(text: str, name: str) -> str:
    found = re.search(rf"\\*[\"']?\b{name}\\*[\"']?\s*[:=]\s*\\*[\"']([^\"'\\]*)", text)
    return re.sub(r"[^\x21-\x7e]", "", found[1]) if found else ""


def _repair_mode(path: Path, mode: int) -> None:
    found = path.stat().st_mode & 0o777 if path.exists() else mode
    if found & ~mode:
        log.warning(
            "%s was open to others (mode %o) and is now %o. If others use this machine, sign in anew.",
            path, found, mode,
        )  # fmt: skip
        path.chmod(mode)


def _file_name(provider: str) -> str:
    return re.sub(r"[^a-z0-9_-]", "_", provider.lower())


def now_s() -> float:
    """Unix seconds, from the wall clock: expiries are wall clock times."""
    return datetime.now(UTC).timestamp()
