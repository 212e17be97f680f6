"""JSON over HTTP with doubt: an answer counts only after status, length, content type and shape agree.

Every attempt passes the limiter, also the retries. Refusals (403, 429) are waited out in the limiter's shared
ledger, so that all workers and processes stand still together; faults of the network or of one answer are
waited out by the one call they hit. Surprising: 403 is no word about one item with these providers, it is a
throttle or a block page (Peloton facts, 0.7); only a 404 or 410 with a JSON error body speaks of an item.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NoReturn

import requests
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception_type
from urllib3.exceptions import HTTPError as Urllib3Error

from resources.body import Unreadable, error_message, first_words, parse_json, read_body
from resources.errors import (
    BadAnswer,
    NotServed,
    PacelineError,
    ProviderRefused,
    ProviderUnavailable,
    SignInNeeded,
    UsageProblem,
)
from resources.rate_limit import RateLimiter
from resources.redact import one_line, redact
from resources.wire import TellingAdapter

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 30.0
ANSWER_DEADLINE_S = 90.0
MAX_ANSWER_BYTES = 32 * 1024 * 1024
BACKOFF_S = 2.0
LONGEST_BACKOFF_S = 60.0
COOL_DOWN_BACKOFFS = 30  # a third refusal: nobody asks again for 30 times the first back-off (a minute)
MOST_ATTEMPTS = 6
# How often each kind of failure may happen to one call before it is final.
ATTEMPTS_BY_KIND = {"refused": 3, "fault": 4, "unbelievable": 3, "unauthorized": 2}
ABOUT_ITEM = (404, 410)  # statuses that may speak of one item and not of the service
LATER = "Nothing stored is affected; run the same command again later."

log = logging.getLogger(__name__)

Shape = Callable[[Any], str | None]  # None = as expected, else what is wrong with the payload
Parse = Callable[[requests.Response, bytes], tuple[str, Any]]  # raises Unreadable
# What a provider says by an answer that would mean something else elsewhere; raised at once, without another try.
OwnWord = Callable[[requests.Response, bytes], PacelineError | None]


def no_own_word(_response: requests.Response, _body: bytes) -> PacelineError | None:
    """Answers of this provider mean what they usually mean."""
    return None


@dataclass(frozen=True)
class Answer:
    """A believed answer. `text` is the body as it came; `url` holds no secret."""

    url: str
    status: int
    fetched_at: datetime
    text: str
    payload: Any


class JsonHttp:
    """GET with pace, patience and doubt. Safe for several threads: one session each, shared counters."""

    def __init__(
        self,
        provider: str,
        limiter: RateLimiter,
        *,
        token: Callable[[], str] | None = None,
        renew: Callable[[str], str] | None = None,
        accepted: Callable[[str], None] | None = None,
        headers: Mapping[str, str] | None = None,
        user_agent: str = "",
        backoff_s: float = BACKOFF_S,
        read_timeout_s: float = READ_TIMEOUT_S,
        deadline_s: float = ANSWER_DEADLINE_S,
        max_bytes: int = MAX_ANSWER_BYTES,
        on_wait: Callable[[float, str], None] | None = None,
        cure: str = "",
        parse: Parse = parse_json,
        about_item: Collection[int] = ABOUT_ITEM,
        own_word: OwnWord = no_own_word,
    ) -> None:
        self.provider = provider
        self._cure = cure or f"Sign in with `paceline login {provider.lower()}`."
        self._parse, self._about_item, self._own_word = parse, frozenset(about_item), own_word
        self.limiter = limiter
        self._token, self._renew, self._accepted = token, renew, accepted
        self._headers = {
            **(headers or {}),
            "User-Agent": user_agent or default_user_agent(),
            "Accept": "application/json",
        }
        self._backoff_s = backoff_s
        self._timeout = (CONNECT_TIMEOUT_S, read_timeout_s)
        self._deadline_s = deadline_s
        self._max_bytes = max_bytes
        self._on_wait = on_wait
        self._threads = threading.local()
        self._counts: Counter[str] = Counter()
        self._counts_lock = threading.Lock()

    @property
    def requests_made(self) -> int:
        """Attempts sent, retries included."""
        return self._counts["sent"]

    @property
    def refused(self) -> int:
        """Attempts answered 403 or 429."""
        return self._counts["refused"]

    def get(self, url: str, shape: Shape, params: Mapping[str, str | int] | None = None) -> Answer:
        """The answer, or one of the errors in `resources.errors` after bounded attempts."""
        call = _Call(self, url, shape, dict(params or {}))
        retrying = Retrying(
            retry=retry_if_exception_type(_Failed),
            stop=call.is_final,
            wait=call.wait_s,
            before_sleep=call.announce,
            sleep=self.limiter.pause,
            reraise=True,
        )
        try:
            answer: Answer = retrying(call.attempt)
        except _Failed as failed:
            raise failed.error from None  # the chain could carry foreign text; the cause is in the message
        return answer

    def count(self, what: str) -> None:
        with self._counts_lock:
            self._counts[what] += 1

    def session(self) -> requests.Session:
        """This thread's session."""
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = self._threads.session = requests.Session()
            for scheme in ("http://", "https://"):
                session.mount(scheme, TellingAdapter(self.limiter.sent))
            session.headers.update(self._headers)
        return session


class _Failed(Exception):
    """One attempt failed; `error` is what to raise when no attempt is left."""

    def __init__(self, kind: str, error: PacelineError) -> None:
        super().__init__(kind)
        self.kind = kind
        self.error = error


class _Bearer(AuthBase):
    """Also keeps `requests` from adding a password of ~/.netrc when there is no token."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Call:
    """The attempts of one GET."""

    def __init__(self, http: JsonHttp, url: str, shape: Shape, params: dict[str, str | int]) -> None:
        self.http, self.url, self.shape, self.params = http, url, shape, params
        self.failures: Counter[str] = Counter()
        self.token: str | None = None

    def attempt(self) -> Answer:
        http = self.http
        session = http.session()
        self.token = http._token() if http._token else None
        request = requests.Request("GET", self.url, params=self.params, auth=_Bearer(self.token))
        try:
            ready = session.prepare_request(request)
        except requests.RequestException as error:
            # Not its text, which may hold a part of a password in the address.
            raise UsageProblem(
                f"{one_line(self.url)} is no address ({type(error).__name__})", "Check the settings."
            ) from None
        around = session.merge_environment_settings(ready.url, {}, True, None, None)  # proxies, certificates
        http.limiter.acquire()
        http.count("sent")
        try:
            with session.send(ready, timeout=http._timeout, allow_redirects=False, **around) as response:
                body = read_body(response, time.monotonic() + http._deadline_s, http._max_bytes)
        except Unreadable as error:
            self._fail("unbelievable", BadAnswer(self._says(str(error)), LATER))
        except (requests.RequestException, Urllib3Error, OSError) as error:
            self._fail("fault", ProviderUnavailable(self._says(_cause(error)), LATER))
        return self._judge(response, body)

    def _judge(self, response: requests.Response, body: bytes) -> Answer:
        status, about_item = response.status_code, self.http._about_item
        if (word := self.http._own_word(response, body)) is not None:
            raise word
        if status in (403, 429) and status not in about_item:
            self._refused(response, body)
        self.http.limiter.feedback(status if status != 403 else 200, response.headers)
        if status == 401:
            self._unauthorized()
        if status >= 500:
            self._fail("fault", ProviderUnavailable(self._says(f"status {status}"), LATER))
        try:
            text, payload = self.http._parse(response, body)
        except Unreadable as error:
            bad = BadAnswer(self._says(f"status {status}, {error}"), LATER)
            if status != 200:  # an unknown route answers in HTML, and will again
                raise bad from None
            self._fail("unbelievable", bad)
        if (
            status in about_item
            and isinstance(payload, dict)
            and payload.keys() & {"status", "message", "error"}
        ):
            raise NotServed(
                self._says(f"status {status}, {error_message(payload)}"), "It is not asked for again."
            )
        if status != 200:
            raise BadAnswer(self._says(f"status {status}, {error_message(payload)}"), LATER)
        if (wrong := self.shape(payload)) is not None:
            self._fail("unbelievable", BadAnswer(self._says(wrong), LATER))
        if self.token and self.http._accepted:
            self.http._accepted(self.token)
        return Answer(redact(response.url), status, datetime.now(UTC), text, payload)

    def _refused(self, response: requests.Response, body: bytes) -> NoReturn:
        http, status = self.http, response.status_code
        http.count("refused")
        final = self.failures["refused"] + 1 >= ATTEMPTS_BY_KIND["refused"]
        backoffs = COOL_DOWN_BACKOFFS if final else 2 ** self.failures["refused"]
        held_s = http.limiter.feedback(status, response.headers, http._backoff_s * backoffs)
        told = first_words(body)
        said = self._says(f"status {status}, {told}" if told else f"status {status}")
        error: PacelineError = ProviderRefused(said, LATER)
        if status == 429:
            error = http.limiter.limit_reached(held_s, said)
        self._fail("refused", error)

    def _unauthorized(self) -> NoReturn:
        http = self.http
        if self.token and http._renew and not self.failures["unauthorized"]:
            http._renew(self.token)
        else:
            self.failures["unauthorized"] += 1  # nothing to renew with: final
        self._fail(
            "unauthorized",
            SignInNeeded(
                self._says("status 401, the access token is not accepted"),
                http._cure,
            ),
        )

    def _fail(self, kind: str, error: PacelineError) -> NoReturn:
        self.failures[kind] += 1
        raise _Failed(kind, error) from None

    def is_final(self, state: RetryCallState) -> bool:
        kind = _failure(state).kind
        return self.failures[kind] >= ATTEMPTS_BY_KIND[kind] or state.attempt_number >= MOST_ATTEMPTS

    def wait_s(self, state: RetryCallState) -> float:
        kind = _failure(state).kind
        if kind in ("refused", "unauthorized"):
            return 0.0  # the limiter holds everybody; a renewed token may go at once
        wait_s = self.http._backoff_s * 2.0 ** (self.failures[kind] - 1)
        return min(wait_s, LONGEST_BACKOFF_S) * random.uniform(1.0, 1.25)

    def announce(self, state: RetryCallState) -> None:
        wait_s, failed = state.upcoming_sleep, _failure(state)
        log.warning("attempt %d again in %.1f s: %s", state.attempt_number, wait_s, failed.error.what)
        if self.http._on_wait and wait_s > 0:
            self.http._on_wait(wait_s, failed.error.what)

    def _says(self, what: str) -> str:
        return one_line(f"{self.http.provider} {self.url}: {what}")


def _cause(error: BaseException) -> str:
    """The innermost of the wrapped exceptions says it best: 'Name or service not known'."""
    kind = "network fault"
    if isinstance(error, requests.exceptions.SSLError):
        kind = "TLS failed"
    elif isinstance(error, requests.Timeout):
        kind = "no answer in time"
    inner: object = error
    while isinstance(inner, BaseException):
        error = inner
        inner = getattr(inner, "reason", None) or (inner.args[0] if inner.args else None)
    return f"{kind}: {error}"


def _failure(state: RetryCallState) -> _Failed:
    failed = state.outcome.exception() if state.outcome else None
    if not isinstance(failed, _Failed):
        raise TypeError("only failed attempts are retried")
    return failed


def default_user_agent() -> str:
    """Honest, with our name and version."""
    try:
        number = version("paceline")
    except PackageNotFoundError:
        number = "dev"
    return f"Paceline/{number} (+personal data warehouse)"
