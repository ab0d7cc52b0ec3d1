"""Istanbul's coverage-final.json and coverage-summary.json: schema, reading and counting."""

from typing import Annotated, NamedTuple

import msgspec

from ingest.privacy import excerpt

WANTED = "an Istanbul report (coverage-final.json or coverage-summary.json)"

# A file may have run more often than 64 bits can count, then it is written like 1e+21; what no
# counter saw is null.
Hits = float | None
Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]


class Position(msgspec.Struct, gc=False):
    """Of a place in a file, its line; code that a compiler added has none."""

    line: int | None = None


class Range(msgspec.Struct, gc=False):
    """Of a statement, where it starts."""

    start: Position


class Metric(msgspec.Struct):
    """One metric of a summary; the percentage beside it (or the word Unknown) is not read."""

    total: Count
    covered: Count


class File(msgspec.Struct):
    """One file of either report, and the row of totals of a summary."""

    path: str | None = None
    statement_map: dict[str, Range] | None = msgspec.field(default=None, name="statementMap")
    s: dict[str, Hits] | None = None
    f: dict[str, Hits] | None = None
    b: dict[str, list[Hits]] | None = None
    lines: Metric | None = None
    functions: Metric | None = None
    branches: Metric | None = None


class Counts(NamedTuple):
    """Covered and total, None where the report does not say."""

    lines: tuple[int, int] | None
    branches: tuple[int, int] | None
    functions: tuple[int, int] | None


def read_file(decoder: msgspec.json.Decoder[File], text: msgspec.Raw) -> tuple[File, Counts] | str:
    """A member and its counts, or what is wrong with it."""
    try:
        file = decoder.decode(text)
    except msgspec.ValidationError as error:
        return f"not the known shape of a file ({excerpt(str(error))})"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"the JSON cannot be read ({error})"
    if file.statement_map is not None and file.s is not None:
        return file, _counted(file.statement_map, file.s, file)
    if file.lines is None:
        return "neither `statementMap` and `s` nor `lines`"
    counts = Counts(_stated(file.lines), _stated(file.branches), _stated(file.functions))
    if any(pair and pair[0] > pair[1] for pair in counts):
        return "more is covered than there is"
    return file, counts


def _counted(places: dict[str, Range], hits: dict[str, Hits], file: File) -> Counts:
    """As istanbul-lib-coverage counts: a line ran as often as the statement starting there most did."""
    if list(places) == list(hits):  # as it should be, and much faster than looking each one up
        lines = [place.start.line for place in places.values()]
        ran = {line for line, count in zip(lines, hits.values(), strict=True) if count}
    else:
        known = [(places[key].start.line, count) for key, count in hits.items() if key in places]
        lines = [line for line, _ in known]
        ran = {line for line, count in known if count}
    branches = functions = None
    if file.b is not None:
        paths = [count for counts in file.b.values() for count in counts]
        branches = sum(map(bool, paths)), len(paths)
    if file.f is not None:
        functions = sum(map(bool, file.f.values())), len(file.f)
    return Counts((len(ran), len(set(lines))), branches, functions)


def _stated(metric: Metric | None) -> tuple[int, int] | None:
    return None if metric is None else (metric.covered, metric.total)
