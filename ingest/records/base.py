"""What every row of the lake has."""

from datetime import date
from typing import ClassVar

import msgspec


class Record(msgspec.Struct, kw_only=True, gc=False):
    """A row of a lake table."""

    TABLE: ClassVar[str]
    day: date
