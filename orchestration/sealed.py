"""The last look at every column of text on its way into the lake (ingest/sealing.py)."""

from typing import TYPE_CHECKING

from ingest.records import Load, Record, RejectRow
from ingest.sealing import SUSPECT, sealer_of

if TYPE_CHECKING:
    import polars as pl

_LEDGERS = (Load, RejectRow)


def sealed(series: "pl.Series", record: type[Record]) -> "pl.Series":
    """The column without secrets and persons; the same one, and soon, where it holds none."""
    sealer = sealer_of(series.name, is_key=record in _LEDGERS)
    if sealer is None or series.null_count() == len(series):
        return series
    found = series.filter(series.str.contains(SUSPECT)).unique()
    if found.is_empty():
        return series
    before = found.to_list()
    return series.replace(before, [sealer(text) for text in before])
