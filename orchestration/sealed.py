"""The last look at every column of text on its way into the lake (ingest/sealing.py)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ingest.records import Load, Record, RejectRow
from ingest.sealing import SEALERS, SUSPECT, sealer_of

if TYPE_CHECKING:
    import polars as pl

_LEDGERS = (Load, RejectRow)


def sealed(columns: "list[pl.Series]", record: type[Record]) -> "list[pl.Series]":
    """The columns without secrets and persons; the same ones, and soon, where they hold none.

    All texts are searched at once: a search of each column costs ten times as much in small files,
    and twice in large ones, where most texts stand many times.
    """
    import polars as pl

    texts = [series.alias("") for series in columns if series.dtype == pl.String]
    every = pl.concat(texts, rechunk=False).unique() if texts else pl.Series("", [], pl.String)
    suspects = every.filter(every.str.contains(SUSPECT)).to_list()
    # Most of what is searched for is no secret after all: then no column is touched.
    changed = {sealer: _changed(suspects, sealer) for sealer in SEALERS}
    if not any(changed.values()):
        return columns
    is_key = record in _LEDGERS
    return [
        series.replace(changed[sealer])
        if series.dtype == pl.String
        and (sealer := sealer_of(series.name, is_key=is_key))
        and changed[sealer]
        else series
        for series in columns
    ]


def _changed(texts: list[str], sealer: Callable[[str], str]) -> dict[str, str]:
    return {text: after for text in texts if (after := sealer(text)) != text}
