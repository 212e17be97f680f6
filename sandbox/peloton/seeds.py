"""Ids and random numbers that depend only on the seed and a name.

Each class, song and instructor draws from its own generator, so that publishing a class or
building a playlist first never changes any other answer.
"""

from __future__ import annotations

import hashlib
import random
import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seeds:
    seed: int

    def hex_id(self, kind: str, name: object) -> str:
        """32 hex characters, the usual form of an id."""
        return hashlib.blake2b(f"{self.seed}/{kind}/{name}".encode(), digest_size=16).hexdigest()

    def dashed_id(self, kind: str, name: object) -> str:
        """The same as a dashed UUID, the form of some newer content."""
        return str(uuid.UUID(self.hex_id(kind, name)))

    def random(self, kind: str, name: object) -> random.Random:
        return random.Random(f"{self.seed}/{kind}/{name}")


def image_url(kind: str, name: str) -> str:
    return f"https://images.example/{kind}/{name}.jpg"
