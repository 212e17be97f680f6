"""Know the moment at which a request is on the wire, which `requests` does not tell.

Between "may go" and the first byte lie a connection, a handshake and whatever else the machine does; the
limiter counts from the byte. Surprising: behind a proxy urllib3 makes its connections elsewhere, so there the
moment stays unknown and the limiter counts from the permission, which is only less exact.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


class TellingAdapter(HTTPAdapter):
    """Calls `sent` right after the request was handed to the network."""

    def __init__(self, sent: Callable[[], None]) -> None:
        self._sent = sent
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        sent = self._sent

        class Plain(HTTPConnection):
            def request(self, *args: Any, **kwargs: Any) -> None:
                super().request(*args, **kwargs)
                sent()

        class Encrypted(HTTPSConnection):
            def request(self, *args: Any, **kwargs: Any) -> None:
                super().request(*args, **kwargs)
                sent()

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class EncryptedPool(HTTPSConnectionPool):
            ConnectionCls = Encrypted

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": EncryptedPool}
