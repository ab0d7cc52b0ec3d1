"""What must hold of whatever a parser gives, whichever bytes it got."""

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from ingest.privacy import EXCERPT_LIMIT
from ingest.records import Record
from ingest.source import Batch, Item, Lag, Origin, Reject, Source, Tally, Warn


def rows_of(item: Record | Batch) -> Iterator[Record]:
    """Rows of an item, checked against the types of their record."""
    if isinstance(item, Record):
        yield msgspec.convert(msgspec.structs.asdict(item), type(item), strict=True)
        return
    lengths = {len(values) for values in item.columns.values()}
    assert len(lengths) == 1, "columns of a batch have one length"
    for values in zip(*item.columns.values(), strict=True):
        yield msgspec.convert(dict(zip(item.columns, values, strict=True)), item.table, strict=True)


def check(source: Source, items: Iterable[Item]) -> None:
    """AssertionError or ValidationError unless every row can be stored and every record is accounted for."""
    tally: Counter[str] = Counter()
    rejects = 0
    for item in items:
        if isinstance(item, Record | Batch):
            for row in rows_of(item):
                assert type(row) in source.tables, f"{source.name} gives no {row.TABLE}"
                # As UTF-8: a lone surrogate would stop the load of a whole day.
                assert msgspec.json.decode(msgspec.json.encode(row), type=type(row)) == row
        elif isinstance(item, Tally):
            tally.update(msgspec.structs.asdict(item))
        elif isinstance(item, Reject):
            rejects += 1
            assert len(item.excerpt) <= EXCERPT_LIMIT
            item.excerpt.encode()
            item.reason.encode()
        else:
            assert isinstance(item, Warn | Origin | Lag)
    if tally:
        read = tally.pop("read")
        classed = tally.total() + rejects
        assert read == classed, (
            f"{read} records read, {classed} in a class: {dict(tally)}, {rejects} rejected"
        )
