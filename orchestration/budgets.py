"""How many requests a vendor still allows, counted in a file: a second run must not spend them again."""

import fcntl
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ingest.apis import ApiError, Rate

WAITED_SECONDS = 60
"""A vendor that counts by the minute is waited for; one that counts by the hour is not."""


class FileBudget:
    """Requests of the last stretch, in a file that processes share."""

    def __init__(
        self,
        place: Path,
        rate: Rate,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`clock`: seconds since 1970."""
        self._place, self._rate, self._clock, self._sleep = place, rate, clock, sleep

    def left(self) -> int:
        """How many requests are free now; creates and counts nothing."""
        try:
            spent = msgspec.json.decode(self._place.read_bytes(), type=list[float])
        except (OSError, msgspec.DecodeError):
            spent = []
        now = self._clock()
        recent = sum(1 for at in spent if 0 <= now - at < self._rate.seconds)
        return max(0, self._rate.requests - recent)

    def spend(self) -> None:
        """Count one request, after a wait of a minute at most where the stretch is that short.

        ApiError, and nothing is counted, if none is left of a longer one.
        """
        while until := self._spent_until():
            if self._rate.seconds > WAITED_SECONDS:
                free = datetime.fromtimestamp(until, UTC).astimezone()
                raise ApiError(
                    f"all {self._rate.requests} requests of {self._rate.seconds / 60:g} minutes are"
                    f" spent; the next one is free at {free:%Y-%m-%d %H:%M}. What came is kept: run it again then"
                )
            self._sleep(max(until - self._clock(), 0.1))

    def _spent_until(self) -> float | None:
        """Count one request; without any left, when the next one is free."""
        self._place.parent.mkdir(parents=True, exist_ok=True)
        with self._place.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            spent: list[float] = []
            with suppress(msgspec.DecodeError):  # cut off by a kill: the count begins again
                spent = msgspec.json.decode(file.read(), type=list[float])
            now = self._clock()
            spent = [at for at in spent if 0 <= now - at < self._rate.seconds]
            if len(spent) >= self._rate.requests:
                return spent[-self._rate.requests] + self._rate.seconds
            file.truncate(0)
            file.write(msgspec.json.encode([*spent, now]))
        return None
