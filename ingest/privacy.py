"""Keyed hashing of ids and scrubbing of text, before anything is written anywhere.

What is removed errs on the side of too much: an excerpt or a failure message must help a person to
find the place, not to read a customer's data.
"""

import hashlib
import hmac
import re
from functools import lru_cache
from typing import NamedTuple

MESSAGE_LIMIT = 2000
EXCERPT_LIMIT = 300
_PRINTED = 500
"""Characters of a message that its fingerprint is made of."""
_LONGEST_KNOWN = 400
"""Characters of a line that is remembered."""

_NAMES_OF_SECRETS = (
    r"(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth"
    r"|session[_-]?(?:id|key)?|signature|sig|credentials?|otp|pin|cvv|cvc)"
)
_VALUE = r"(?!<)(?:\"[^\"]*\"?|'[^']*'?|[^\s,;&}\])]+)"
_KEY_STARTS = (
    "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ xoxa- xoxb- xoxp- xoxr- xoxs- sk_live_ sk_test_ sk-"
    " pk_live_ rk_live_ glpat- npm_ pypi- akia asia aiza ya29. whsec_ shpat_ dop_v1_ sg."
)
_TOKEN_START = _KEY_STARTS.split()
_EMAIL = (
    r"(?i)(?<![\w.+-])[\w.!#$&'*+/=?^`{|}~-]{1,128}(?:@|%40)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+"
)
_PHONE = r"(?<![\w.])\+[0-9](?:[ ().-]{0,2}[0-9]){7,14}(?![0-9])"
_CARD = r"(?<![\w.])(?:[0-9][ -]?){12,}[0-9](?![\w.])"
_IBAN = r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"
# Private and loopback addresses are machines', not customers'; after `Chrome/` it is a version.
_IPV4 = (
    r"(?<![\w.])(?<![A-Za-z]/)(?!(?:0|10|127|192\.168|169\.254|172\.(?:1[6-9]|2[0-9]|3[01]))\.)"
    r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w.]*[0-9])"
)
_IPV6 = (
    r"(?i)(?<![\w:.])(?=[0-9a-f:]*[0-9])(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}"
    r"|(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6})(?![\w:])"
)


class _Rule(NamedTuple):
    """What is replaced by what; without one of the `hints` (lower case) there is none to find."""

    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    instead: str
    sign: re.Pattern[str] | None = None
    """What the line it begins on matches; None: the pattern, which never leaves its line."""


_RULES = (
    _Rule(
        ("private key",),
        re.compile(
            r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
        ),
        "<key>",
        re.compile("PRIVATE KEY"),
    ),
    _Rule(("?",), re.compile(r"(?<=[^\s?])\?[^\s\"'<>)=]{0,200}=[^\s\"'<>)]*"), "?<query>"),
    _Rule(("eyj",), re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"), "<token>"),
    _Rule(
        tuple(_TOKEN_START),
        re.compile(rf"(?i)\b(?:{'|'.join(map(re.escape, _TOKEN_START))})[\w.-]{{10,}}"),
        "<token>",
    ),
    _Rule(
        ("bearer", "basic"),
        re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"),
        r"\1 <token>",
        re.compile(r"(?i)\b(?:bearer|basic)(?:\s|$)"),
    ),
    _Rule(  # headers whose value is a secret up to its end
        ("authorization", "cookie"),
        re.compile(
            r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)([\"']?\s{0,3}[:=]\s{0,3})"
            r"(?:\"[^\"]*\"?|'[^']*'?|[^\r\n]+)"
        ),
        r"\1\2<secret>",
        re.compile(r"(?i)(?:authorization|cookie)[\"']?\s{0,3}(?:[:=]|$)"),
    ),
    _Rule(
        (
            "pass",
            "pwd",
            "secret",
            "token",
            "key",
            "auth",
            "session",
            "sig",
            "credential",
            "otp",
            "pin",
            "cv",
        ),
        re.compile(
            rf"(?i)((?:\b|_)(?:[a-z0-9]{{1,20}}[_-]){{0,3}}{_NAMES_OF_SECRETS}(?:[_-][a-z0-9]{{1,20}}){{0,2}}"
            rf"[\"']?\s{{0,3}}[=:]\s{{0,3}}){_VALUE}"
        ),
        r"\1<secret>",
        re.compile(
            rf"(?i){_NAMES_OF_SECRETS}(?:[_-][a-z0-9]{{1,20}}){{0,2}}[\"']?\s{{0,3}}(?:[=:]|$)"
        ),
    ),
    _Rule(
        ("://",),
        re.compile(r"(?i)(\w[\w+.-]{0,20}://)[^\s/@:]{0,100}:[^\s/@]{1,200}@"),
        r"\1<secret>@",
    ),
    _Rule(("@", "%40"), re.compile(_EMAIL), "<email>"),
    _Rule(("+",), re.compile(_PHONE), "<phone>"),
    _Rule((), re.compile(_IBAN), "<iban>"),
    _Rule((), re.compile(_CARD), "<number>"),
    _Rule((".",), re.compile(_IPV4), "<ip>"),
    _Rule((":",), re.compile(_IPV6), "<ip>"),
)

# Terminal colours, and control characters but line end and tab.
_UNPRINTABLE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_VOLATILE = re.compile(
    r"0x[0-9a-f]+|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b[0-9a-f]{12,}\b"
    r"|(?:[a-z]:)?[\\/](?:[\w.@-]+[\\/])+[\w.@-]*|\d+(?:\.\d+)?",
)

# Where what failed has been said and a log or a stack begins: it differs from run to run, numbers apart or not.
_LOG = re.compile(
    r"\s*(?:[\[(]?\d{4}-\d\d-\d\d[T ]\d\d:|[\[(]?\d\d:\d\d:\d\d"
    r"|[\[(]?(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL)\b"
    r"|(?:Call|Browser|Captured)\s+(?:logs?|stdout|stderr)\b|-{3,}|={3,}|Traceback \("
    r"|at \S+(?:\(| \()|File \")"
)

# `name` alone is a person's; a plan_name or event_name is not.
_PERSONAL_NAME = re.compile(
    r"(?:.*_)?(?:e_?mail|phone|telephone|fax|mobile_(?:number|phone)|tel|ip|iban|ssn|passport|tax_id|address"
    r"|birth_?(?:day|date)?|date_of_birth|dob|gender|street|zip|postal_code|postcode|latitude|longitude"
    r"|(?:first|last|full|given|family|middle|sur|user|nick|display|customer|contact|real|maiden)_?name)"
    r"s?(?:_[0-9]+|_address|_number)?|name"
)
# Who wrote a test or its ticket; an `owner` is none of them, since a test names its team with it.
_WRITER = re.compile(
    r"(?:test_?)?(?:authors?|assignees?|reporter|committer|creator|created_?by|updated_?by|display_?name)"
)
_WORD_ENDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\s.#$/()&-]+")
_PERSONAL_VALUE = re.compile(f"{_EMAIL[4:]}|{_PHONE}|{_CARD}|{_IBAN}", re.IGNORECASE)


def scrub(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """Text without mail and IP addresses, secrets, persons' numbers and queries, cut short."""
    # Cut generously first: a hostile megabyte must not be searched by a dozen expressions.
    text = _printable(text[: limit * 4])
    if any(_is_suspect(line) for line in text.split("\n")):
        text = _scrubbed(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _scrubbed(text: str) -> str:
    has = text.lower().__contains__
    for rule in _RULES:
        if not rule.hints or any(map(has, rule.hints)):
            text = rule.pattern.sub(rule.instead, text)
    return text


def _is_suspect(line: str) -> bool:
    return _looks_bad(line) if len(line) <= _LONGEST_KNOWN else _looks_bad.__wrapped__(line)


# Stack traces say the same lines again and again, and nearly all of them hide nothing.
@lru_cache(maxsize=4096)
def _looks_bad(line: str) -> bool:
    """Whether a rule may find something that begins on this line."""
    has = line.lower().__contains__
    return any(
        (rule.sign or rule.pattern).search(line)
        for rule in _RULES
        if not rule.hints or any(map(has, rule.hints))
    )


def excerpt(text: str) -> str:
    """One scrubbed line for a reject."""
    return scrub(" ".join(text[: EXCERPT_LIMIT * 4].split()), EXCERPT_LIMIT)


def keyed_hash(value: str, key: bytes) -> str | None:
    """HMAC-SHA256 of an id, 16 hex digits; None without a key, so that an id is never kept bare."""
    if not key or not value:
        return None
    # Names from git or JSON may hold lone surrogates, which plain UTF-8 refuses.
    return hmac.new(key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:16]


def fingerprint(message: str) -> str:
    """Hash of a failure message without its numbers, ids and paths: equal causes, equal print.

    What follows the message, a log or a stack, is no part of it.
    """
    stable: list[str] = []
    size = -1
    for line in message[: MESSAGE_LIMIT * 4].split("\n"):
        if stable and _LOG.match(line):
            break
        if words := _stable(line) if len(line) <= _LONGEST_KNOWN else _stable.__wrapped__(line):
            stable.append(words)
            size += len(words) + 1
            if size >= _PRINTED:
                break
    return hashlib.sha256(" ".join(stable)[:_PRINTED].encode("utf-8", "replace")).hexdigest()[:16]


@lru_cache(maxsize=4096)
def _stable(line: str) -> str:
    return " ".join(_VOLATILE.sub("#", line.lower()).split())


def looks_personal(name: str, value: str = "") -> bool:
    """Say whether a property's name or value (e-mail, phone number ...) looks like a person's."""
    words = _WORD_ENDS.sub("_", name[:200]).strip("_").lower()
    return bool(_PERSONAL_NAME.fullmatch(words)) or bool(
        value and _PERSONAL_VALUE.search(value[:500])
    )


def names_a_person(tag: str) -> bool:
    """Say whether a tag's or parameter's name says that its writer follows: author, assignee ..."""
    return bool(_WRITER.fullmatch(tag.lower()))


def _printable(text: str) -> str:
    if not text.replace("\n", "").replace("\t", "").isprintable():
        text = _UNPRINTABLE.sub("", text)
        if not text.isascii():  # lone surrogates cannot be stored
            text = text.encode("utf-8", "replace").decode()
    return text
