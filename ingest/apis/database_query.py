"""A question to a product database, read-only whatever the query says, its rows as they come.

SQLite is opened with `mode=ro` and may attach nothing. PostgreSQL gets one read-only transaction
that is always rolled back, and the query behind `declare ... cursor for`, sent by itself: a second
statement after a semicolon could else end the transaction first. Messages are the database's own,
without the URL or its password.
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date, datetime
from threading import Timer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from zoneinfo import ZoneInfo

from ingest.apis import ApiError
from ingest.privacy import excerpt

PARAMETERS = ("first_day", "after_last_day", "start", "end")
_AT_ONCE = 5_000
_DECLARE = "declare gapsight no scroll cursor without hold for "
_CONNECTING: Mapping[str, str | int] = {
    "application_name": "gapsight",
    "connect_timeout": 10,
    # A server that went away without a word is noticed after a minute, not after two hours.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}
_TOKEN = re.compile(
    r"[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/"
    r"|(?P<mark>\$(?:[^\W\d]\w*)?\$).*?(?P=mark)|::"
    rf"|:(?P<name>{'|'.join(PARAMETERS)})\b",
    re.DOTALL,
)
"""What may hold a colon and is no parameter; else a parameter."""


class Question(NamedTuple):
    """What is asked, by whom."""

    query: str
    values: Mapping[str, date | datetime]
    """Of every parameter; stamps are aware."""
    zone: str
    """In which the database means stamps that name none."""
    timeout_seconds: int
    asker: str
    """How messages begin."""
    variable: str
    """Which environment variable holds the URL."""


class Answer(NamedTuple):
    """Names of the columns as the query gives them; the rows while the database is open."""

    columns: tuple[str, ...]
    rows: Iterator[Sequence[object]]


def parameters_of(query: str) -> list[str]:
    """The window's parameters that a query names, in order of their first use."""
    names = (found["name"] for found in _TOKEN.finditer(query))
    return list(dict.fromkeys(name for name in names if name))


@contextmanager
def answered(url: str, question: Question) -> Iterator[Answer]:
    """The answer; ApiError if the database cannot be reached or refuses the query."""
    scheme = url.partition("://")[0].lower()
    if scheme == "sqlite":
        with _of_sqlite(url, question) as answer:
            yield answer
    elif scheme in {"postgresql", "postgres"}:
        with _of_postgresql(url, question) as answer:
            yield answer
    else:
        raise ApiError(
            f"{question.asker}: the URL in {question.variable} begins with neither sqlite:/// nor"
            " postgresql://"
        )


@contextmanager
def _of_sqlite(url: str, question: Question) -> Iterator[Answer]:
    zone = ZoneInfo(question.zone)
    values = {
        # As SQLite's own datetime() writes it.
        name: f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        if isinstance(value, datetime)
        else value.isoformat()
        for name, value in question.values.items()
    }
    place = unquote(url.partition("://")[2].partition("?")[0])
    with _saying_sqlite(question):
        connection = sqlite3.connect(
            f"file:{quote('/' + place.lstrip('/'))}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
        )
        limit = Timer(question.timeout_seconds, connection.interrupt)
        limit.daemon = True
        with closing(connection):
            connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            connection.text_factory = lambda text: text.decode("utf-8", "replace")
            limit.start()
            try:
                cursor = connection.execute(question.query, values)
                yield Answer(_names(cursor.description), _batches(cursor, question))
            finally:
                limit.cancel()


@contextmanager
def _saying_sqlite(question: Question) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        if name == "SQLITE_INTERRUPT":
            raise _too_slow(question) from None
        if name.startswith("SQLITE_CANTOPEN"):
            raise ApiError(
                f"{question.asker}: no SQLite file can be opened where {question.variable} says;"
                " write sqlite:///the/absolute/path"
            ) from None
        raise ApiError(f"{question.asker}: SQLite says: {excerpt(str(error))}") from None


def _batches(cursor: Any, question: Question) -> Iterator[Sequence[object]]:
    """Rows of an SQLite query; they are computed as they are read, and may fail as late."""
    with _saying_sqlite(question):
        while rows := cursor.fetchmany(_AT_ONCE):
            yield from rows


@contextmanager
def _of_postgresql(url: str, question: Question) -> Iterator[Answer]:
    try:
        import psycopg
        from psycopg import conninfo
    except ImportError:
        raise ApiError(
            f"{question.asker}: PostgreSQL is read with psycopg: install gapsight[pipeline]"
        ) from None
    _refuse_unclear(url, question)
    try:
        given = conninfo.conninfo_to_dict(url)
        missing = {name: value for name, value in _CONNECTING.items() if name not in given}
        address = conninfo.make_conninfo(url, **missing)
    except psycopg.Error:  # libpq quotes what it cannot read, which may be the password
        raise _unclear(question) from None
    text, values = _numbered(question)
    try:
        with closing(psycopg.connect(address)) as connection:
            connection.read_only = True
            cursor = psycopg.RawCursor(connection)
            cursor.execute(
                b"select set_config('statement_timeout', $1, true), set_config('TimeZone', $2, true),"
                b" set_config('cursor_tuple_fraction', '1', true)",
                [f"{question.timeout_seconds}s", question.zone],
            )
            # binary: a query without values would else go as text that may hold several statements.
            cursor.execute(text.encode(), values, binary=True)
            first = _fetched(cursor)
            yield Answer(_names(cursor.description), _after(first, cursor))
            # Closing without a commit undoes whatever a function has done in spite of all.
    except psycopg.Error as error:
        if isinstance(error, psycopg.errors.QueryCanceled):
            raise _too_slow(question) from None
        raise ApiError(f"{question.asker}: PostgreSQL says: {_said(error, url, text)}") from None


def _numbered(question: Question) -> tuple[str, list[date | datetime]]:
    """The query as PostgreSQL wants it, `:start` as `$1`, and the values by number."""
    names = parameters_of(question.query)

    def number(found: re.Match[str]) -> str:
        return f"${names.index(found['name']) + 1}" if found["name"] else found[0]

    return _DECLARE + _TOKEN.sub(number, question.query), [question.values[name] for name in names]


def _fetched(cursor: Any) -> list[Sequence[object]]:
    cursor.execute(b"fetch forward %d from gapsight" % _AT_ONCE)
    rows: list[Sequence[object]] = cursor.fetchall()
    return rows


def _after(rows: list[Sequence[object]], cursor: Any) -> Iterator[Sequence[object]]:
    while rows:
        yield from rows
        rows = _fetched(cursor)


def _names(description: Sequence[Sequence[object]] | None) -> tuple[str, ...]:
    return tuple(str(column[0]) for column in description or ())


def _too_slow(question: Question) -> ApiError:
    return ApiError(
        f"{question.asker}: the query took longer than timeout_seconds ="
        f" {question.timeout_seconds}; an index on its time column helps most"
    )


def _unclear(question: Question) -> ApiError:
    return ApiError(
        f"{question.asker}: the URL in {question.variable} cannot be read; special signs of user and"
        " password must be percent-encoded (@ is %40, / is %2F, % is %25)"
    )


def _refuse_unclear(url: str, question: Question) -> None:
    """A password with a bare @ or / would be taken for part of the host, and said in messages."""
    try:
        outside = url.count("@") - urlsplit(url).netloc.count("@")
        doubtful = outside or url.count("@") > 1
    except ValueError:
        doubtful = True
    if doubtful:
        raise _unclear(question)


def _said(error: Any, url: str, text: str) -> str:
    """The message with its place in the query as it was given, without what the URL must hide."""
    said = error.diag.message_primary or str(error)
    if error.diag.message_hint:
        said += f" ({error.diag.message_hint})"
    if error.diag.statement_position:
        line = text.count("\n", 0, int(error.diag.statement_position)) + 1
        said += f" in line {line} of the query"
    for secret in _secrets(url):
        said = said.replace(secret, "<secret>")
    return excerpt(said)


def _secrets(url: str) -> list[str]:
    """What of the URL is never said, longest first."""
    found = {url}
    with suppress(ValueError):
        parts = urlsplit(url)
        raw = parts.netloc.rpartition("@")[0].partition(":")[2]
        found |= {raw, unquote(raw)}
        found |= {value for name, value in parse_qsl(parts.query) if "pass" in name.lower()}
    return sorted((secret for secret in found if secret), key=len, reverse=True)
