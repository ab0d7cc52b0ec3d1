"""Keyed hashing of ids and scrubbing of text, before anything is written anywhere.

What is removed errs on the side of too much: an excerpt or a failure message must help a person to
find the place, not to read a customer's data.
"""

import hashlib
import hmac
import re

MESSAGE_LIMIT = 2000
EXCERPT_LIMIT = 300

_SECRET_WORD = r"(?:pass(?:word|wd)?|secret|token|api[_-]?key|access[_-]?key|auth(?:orization)?|session|signature|sig|cookie|credential)"

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S), "<key>"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"), "<token>"),
    (re.compile(r"\b(?:gh[pousr]_|github_pat_|xox[abprs]-|sk[-_](?:live|test)?[-_]?|glpat-|AKIA|ASIA)[\w-]{10,}"), "<token>"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 <token>"),
    (re.compile(rf"(?i)(\b[\w-]*{_SECRET_WORD}[\w-]*[\"']?\s*[=:]\s*)(?!<)(\"[^\"]*\"|'[^']*'|[^\s,;&}}\]]+)"), r"\1<secret>"),
    (re.compile(r"(?i)\b(\w[\w+.-]*://)[^\s/@:]+:[^\s/@]+@"), r"\1<secret>@"),
    (re.compile(r"(?i)[\w.!#$%&'*+/=?^`{|}~-]+(?:@|%40)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)+"), "<email>"),
    (re.compile(r"\b(?:\d[ -]?){12,18}\d\b"), "<number>"),
    (re.compile(r"(?<=[^\s?])\?[^\s\"'<>)]*=[^\s\"'<>)]*"), "?<query>"),
)

_VOLATILE = re.compile(
    r"0x[0-9a-f]+|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b[0-9a-f]{12,}\b"
    r"|(?:[a-z]:)?[\\/](?:[\w.@-]+[\\/])+[\w.@-]*|\d+(?:\.\d+)?",
    re.I,
)


def scrub(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """Text without e-mail addresses, tokens, card-like numbers, secrets and query strings, cut to `limit`."""
    # Cut generously first: a hostile megabyte must not be searched by nine expressions.
    text = text[: limit * 4].replace("\x00", "")
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def excerpt(text: str) -> str:
    """One scrubbed line for a reject."""
    return scrub(" ".join(text[: EXCERPT_LIMIT * 4].split()), EXCERPT_LIMIT)


def keyed_hash(value: str, key: bytes) -> str | None:
    """HMAC-SHA256 of an id, 16 hex digits; None without a key, so that an id is never kept bare."""
    if not key or not value:
        return None
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:16]


def fingerprint(message: str) -> str:
    """Hash of a failure message without its numbers, addresses, ids and paths: equal causes, equal print."""
    stable = _VOLATILE.sub("#", message.strip().lower())
    return hashlib.sha256(" ".join(stable.split())[:500].encode()).hexdigest()[:16]
