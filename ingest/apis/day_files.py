"""Files that grow while answers are read, one for each day of a window."""

import gzip
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import IO, BinaryIO, Self, cast
from zoneinfo import ZoneInfo

from ingest.apis import Landed, Window

_LEVEL = 6
_IN_MEMORY = 1 << 20


class DayFiles:
    """Gzip files of lines; every day of the window has one, also one without lines."""

    def __init__(self, window: Window) -> None:
        self._first, self._last = window.first_day, window.last_day
        self._zone = ZoneInfo(window.reporting_zone)
        self._stack = ExitStack()
        self._files: dict[date, tuple[IO[bytes], gzip.GzipFile]] = {}

    def __enter__(self) -> Self:
        for number in range((self._last - self._first).days + 1):
            file = self._stack.enter_context(SpooledTemporaryFile(_IN_MEMORY))
            # No time and no name in it: the same lines give the same bytes.
            packed = gzip.GzipFile("", "wb", _LEVEL, cast("BinaryIO", file), mtime=0)
            self._files[self._first + timedelta(days=number)] = (cast("IO[bytes]", file), packed)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def clipped(self, day: date) -> date:
        """The day itself, or the end of the window that is nearer: clocks differ, nothing is lost."""
        return min(max(day, self._first), self._last)

    def day_of(self, stamp: str | None) -> date:
        """The reporting day of an ISO stamp, inside the window; its last day if it cannot be read."""
        return self.clipped(self._reporting_day(stamp))

    def day_inside(self, stamp: str | None) -> date | None:
        """As `day_of`, but None for a stamp of another window."""
        day = self._reporting_day(stamp)
        return day if self._first <= day <= self._last else None

    def _reporting_day(self, stamp: str | None) -> date:
        try:
            at = datetime.fromisoformat(stamp or "")
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(self._zone).date()
        except (ValueError, OverflowError):
            return self._last

    def add(self, day: date, line: bytes) -> None:
        """Write a line, its line end included, to the file of a day of the window."""
        self._files[day][1].write(line)

    def landed(self, name: str, *, empty: bytes = b"") -> Iterator[Landed]:
        """The files, oldest day first; `empty` is what one without lines says."""
        for day, (file, packed) in self._files.items():
            if not packed.tell():
                packed.write(empty)
            packed.close()
            file.seek(0)
            yield Landed(day, name, cast("BinaryIO", file))
