"""Sentry's issues, events and table rows under the same names, and what its series say by day."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from ingest.privacy import fingerprint
from ingest.source import Context
from ingest.vendor_fields import WORD_LIMIT, word

COMPONENT_TAGS = ("component", "service", "area", "module")
_EVER = ("count", "userCount", "firstSeen", "lastSeen")
_DAY_SECONDS = 86_400
_WHERE = re.compile(r"[a-zA-Z][\w+.-]*://[^/]*/")
_PACKAGE_VERSION = re.compile(r"[A-Za-z][\w./-]*@v?\d+\.\d+[\w.+-]*")
_DIGITS = re.compile(r"\d{1,15}")


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return an issue's or event's members without nesting, under the names of a table's columns."""
    metadata, tags = _mapping(record.get("metadata")), _tags(record.get("tags"))
    # Of an issue that was asked for within a span, count and stamps are those of the span.
    ever = {k: v for k, v in _mapping(record.get("lifetime")).items() if k in _EVER and v}
    told = {
        "type": metadata.get("type"),
        "message": metadata.get("value") or metadata.get("title"),
        "file": metadata.get("filename"),
        "function": metadata.get("function"),
        # A list of events names its project by number alone.
        "project": _slug(record.get("project")) or record.get("projectID"),
        "level": record.get("level") or tags.get("level"),
        "release": _version(record, tags),
        "environment": record.get("environment") or tags.get("environment"),
        "component": next((tags[name] for name in COMPONENT_TAGS if tags.get(name)), None),
    }
    # Of an issue `type` is its kind (error, default), in a table the class of the exception.
    return {**record, **ever, "metadata": None, "tags": None, **told}


def number(value: object) -> int | None:
    """Read a count, which Sentry writes as text; None for what is none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).replace(",", "").strip()
    return int(text) if _DIGITS.fullmatch(text) else None


def path_of(value: object) -> str | None:
    """Return a file of a stack trace with slashes one way, without scheme, host and query."""
    if (text := word(value)) is None:
        return None
    bare = _WHERE.sub("", text.replace("\\", "/"), count=1).partition("?")[0]
    return bare.removeprefix("./") or None


def release_of(value: object) -> str | None:
    """Return a release verbatim; `shop-web@2.14.0`, as Sentry's tools name them, is no address."""
    if isinstance(value, str) and _PACKAGE_VERSION.fullmatch(value.strip()[:WORD_LIMIT]):
        return value.strip()[:WORD_LIMIT]
    return word(value)


def print_of(error_type: str | None, message: object) -> str | None:
    """Return the hash of type and message, by which equal causes in several projects meet."""
    said = message if isinstance(message, str) else ""
    return fingerprint(f"{error_type or ''}: {said}") if error_type or said else None


def by_day(stats: object, context: Context) -> dict[date, int]:
    """Add up the series that reaches back farthest by reporting day; days without events are left out.

    Buckets of a day (`14d`, `30d`) are days of UTC at Sentry, and stay the day they are named for.
    """
    series = [_points(listed) for listed in _mapping(stats).values()]
    points = max(series, key=lambda found: found[-1][0] - found[0][0] if found else -1, default=[])
    whole_days = len(points) > 1 and points[1][0] - points[0][0] >= _DAY_SECONDS
    days: dict[date, int] = {}
    for second, count in points:
        stamp = datetime.fromtimestamp(second, UTC)
        day = stamp.date() if whole_days else context.day_of(stamp)
        if count:
            days[day] = days.get(day, 0) + count
    return days


def _points(listed: object) -> list[tuple[int, int]]:
    """Return the readable [second, count] pairs, the oldest first; seconds of the years to 2286."""
    found = []
    for pair in listed if isinstance(listed, list) else []:
        if isinstance(pair, list) and len(pair) == 2:
            second, count = number(pair[0]), number(pair[1])
            if second is not None and count is not None and second < 10**10:
                found.append((second, count))
    return sorted(found)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _tags(tags: object) -> dict[str, Any]:
    """Return tags by name; those of an issue have no values, only how many there are."""
    return {
        str(tag["key"]): tag["value"]
        for tag in (tags if isinstance(tags, list) else [])
        if isinstance(tag, dict) and isinstance(tag.get("key"), str) and tag.get("value")
    }


def _slug(project: object) -> object:
    if isinstance(project, dict):
        return project.get("slug") or project.get("name")
    return project


def _version(record: Mapping[str, Any], tags: Mapping[str, Any]) -> object:
    release = record.get("release") or record.get("lastRelease")
    named = release.get("version") if isinstance(release, dict) else release
    return named or tags.get("release") or tags.get("sentry:release")
