"""Values by chance, the same in every run: what engines read differently, in a vocabulary whose joins meet."""

import hashlib
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

LAST = date(2026, 6, 30)
FIRST = LAST - timedelta(days=110)
ODD = (
    'it\'s "quoted"',
    "back\\slash\\",
    "Größe ✓ 漢字 🙂",
    "100 %; -- drop",
    "${env} {{ jinja }}",
    "None",
    "null",
    "  spaced  ",
    "a\tb\nc",
    "`tick`",
)
COMPONENTS = {
    "shop-web": ("identity", "search", "product", "cart", "checkout", "payments", "pricing"),
    "backoffice": ("orders", "inventory", "refunds", "imports"),
}
T = TypeVar("T")


class Dealer:
    """Deals out values; one instance is one lake."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.shas = [hashlib.sha256(str(n).encode()).hexdigest()[:40] for n in range(60)]
        self.days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]

    def maybe(self, values: Sequence[T], nothing: float = 0.1) -> T | None:
        """One of them, or nothing."""
        return None if self.rng.random() < nothing else self.rng.choice(values)

    def word(self, *words: str, odd: float = 0.1) -> str:
        """One of them, or a text that breaks what is not quoted."""
        return self.rng.choice(ODD) if self.rng.random() < odd else self.rng.choice(words)

    def at(self, day: date) -> datetime:
        """A moment of a day; often the same ones, so that order needs a second criterion."""
        if self.rng.random() < 0.3:
            return datetime.combine(day, time(12), UTC)
        return datetime.combine(day, time(0), UTC) + timedelta(seconds=self.rng.randrange(86_400))


def hash_of(*words: object) -> int:
    """A number that is the same in every process."""
    return int(hashlib.sha256(repr(words).encode()).hexdigest()[:8], 16)
