"""The last look at every text before it is written: what can be nothing but a secret or a person goes.

Parsers scrub texts that people and programs write freely (ingest/privacy.py). Names, paths, branches and
labels pass as they are, because tests, files and seeds must be found again by them: a build stamp of 14
digits is no card there, and `auth=basic` no secret. So this takes out only what has no second meaning.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

VERSION = 1
"""Raised when other texts are taken out: every file in the inbox then loads again."""

_TOKENS = (
    "gh[pousr]_[A-Za-z0-9]{16,}",
    "github_pat_[A-Za-z0-9_]{20,}",
    "xox[abceoprs]-[A-Za-z0-9-]{10,}",
    "xapp-[0-9]-[A-Za-z0-9-]{10,}",
    "[sprw][kh](?:_(?:live|test)_|sec_)[A-Za-z0-9]{10,}",
    "glpat-[A-Za-z0-9_-]{16,}",
    "npm_[A-Za-z0-9]{30,}",
    "pypi-AgE[A-Za-z0-9_-]{16,}",
    "(?:AKIA|ASIA)[A-Z0-9]{16}",
    "AIza[A-Za-z0-9_-]{30,}",
    "ya29[.][A-Za-z0-9_-]{20,}",
    "shpat_[a-f0-9]{20,}",
    "dop_v1_[a-f0-9]{20,}",
    "SG[.][A-Za-z0-9_-]{16,}[.][A-Za-z0-9_-]{16,}",
    "sk-(?:[A-Za-z0-9]+-)*[A-Za-z0-9_-]*[0-9][A-Za-z0-9_-]{20,}",
    "eyJ[A-Za-z0-9_-]{8,}[.][A-Za-z0-9_-]{8,}",
)
_KEY = "-----BEGIN [A-Z ]*PRIVATE KEY-----"
_BEARER = "(?:[Bb]earer|[Bb]asic) +[A-Za-z0-9._~+/=-]{16,}"
_LOGIN = "://[^ /@:]{0,100}:[^ /@]{1,200}@"
_ASKS = (
    "[?&](?:[A-Za-z0-9]{1,20}[_-]){0,3}(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key"
    "|auth|session[_-]?(?:id|key)?|signature|sig|code|key|e?mail)="
)
_VALUE = "[^ &#\"'<>]+"
_HOMES = r"(?:/home|/Users|[A-Za-z]:[\\/]+Users)[\\/]+"
_NAME = "[^\\\\/ \"'<>:;,()]+"
_MAIL = (
    r"[^\s\"'<>()\[\],;:\\/@=&?]{1,128}(?:@|%40)"
    "(?:[A-Za-z0-9-]{1,63}[.]){1,5}[A-Za-z]{2,24}"
)
# Lengths and first digits of the issuers: no stamp, no build and no id of 17 digits or more is like that.
_CARD = (
    "(?:4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|35[0-9]{2}|6[0-9]{3})(?:[ -]?[0-9]{4}){3}"
    "|4[0-9]{12}|3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}|3[068][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{4}"
)

# The same and more in fewer states: counted repetitions make a search of columns forty times dearer.
_QUICK = (
    *(re.sub(r"\{(\d+),\}$", r"{\1}", token) for token in _TOKENS),
    _KEY,
    "(?:earer|asic) +[A-Za-z0-9._~+/=-]{8}",
    "://[^ /@:]*:[^ /@]+@",
    "[?&][A-Za-z0-9_-]*(?:passw(?:or)?d|pwd|secret|token|key|auth|session|_?id|signature|sig|code|mail)=",
    rf"{_HOMES}[^\\/ ]+[\\/]",
    r"[^\s@](?:@|%40)[A-Za-z0-9-]+[.][A-Za-z0-9]",
    "[2-6][0-9]{3}(?:[ -]?[0-9]){9}",
)
SUSPECT = "|".join(_QUICK)
"""What a text must match to be looked at: no look-around, so that Rust's engine searches columns with it."""

_SUSPECT = re.compile(SUSPECT)
_MACHINES = (  # accounts of build machines and images: nobody's name
    "runner|runneradmin|gitlab-runner|buildkite-agent|jenkins|circleci|travis|vsts|vsts_azpcontainer"
    "|teamcity|bamboo|ubuntu|debian|admin|ec2-user|azureuser|root|node|app|user|build|builder|ci"
    "|vscode|codespace|gitpod|Public|ContainerAdministrator|Administrator"
)
_HOME = re.compile(rf"({_HOMES})(?!(?:{_MACHINES})[\\/]){_NAME}(?=[\\/])")
_RULES = (
    (re.compile(rf"(?s){_KEY}.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"), "<key>"),
    (re.compile(rf"(?:(?<![A-Za-z0-9])|(?<=%20))(?:{'|'.join(_TOKENS)})(?:[.][\w-]*)?"), "<token>"),
    (re.compile(r"\b([Bb]earer|[Bb]asic) +(?=\S*[0-9])[\w.~+/=-]{16,}"), r"\1 <token>"),
    (re.compile(_LOGIN), "://<secret>@"),
    (re.compile(f"({_ASKS}){_VALUE}"), r"\1<secret>"),
    # `icon@2x.png` is a picture, `pkg@1.2.3` a version: the end of a host is a word.
    (re.compile(_MAIL.replace("%40)", "%40)(?![0-9]x[.])") + "(?![A-Za-z0-9])"), "<email>"),
)
_NUMBER = re.compile(rf"(?<![\w.])(?:{_CARD})(?![\w.])")
_MAYBE = re.compile(r"[^\s@]@[^\s@]|%40|://")
_AS_IT_IS = frozenset(("_file", "source", "fingerprint", "parts_json"))
_ROUTES = frozenset(("event", "route"))


def seal(text: str) -> str:
    """The text without e-mail addresses, tokens, keys, card numbers, logins in URLs, home folders' names."""
    return _HOME.sub(r"\1<user>", _seal_route(text))


def seal_name(text: str) -> str:
    """`seal` for names that two tests must not come to share unseen, soon where there is no address.

    By addresses tests are told apart now and then; the rest is left to the last look.
    """
    if ("@" in text or "%40" in text or "://" in text) and _MAYBE.search(text):
        return seal(text)
    return text


def seal_json(text: str) -> str:
    """The same for every key and text of a JSON document; for text that is none, for all of it."""
    try:
        document = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return seal(text)
    return msgspec.json.encode(_sealed(document)).decode()


def sealer_of(column: str, *, is_key: bool = False) -> Callable[[str], str] | None:
    """What to do with the texts of a lake column; None: nothing, it holds hashes or names of files.

    `is_key`: the table is a ledger, whose paths lead to the files of the inbox.
    """
    if column in _AS_IT_IS or column.endswith("_hash") or (is_key and column == "path"):
        return None
    if column in _ROUTES:  # /home/{slug}/ is a page
        return _seal_route
    return seal_json if column.endswith("_json") else seal


def seal_row(values: Mapping[str, object]) -> dict[str, object]:
    """One row as the lake will hold it."""
    found: dict[str, object] = {}
    for name, value in values.items():
        sealer = sealer_of(name) if isinstance(value, str) and _SUSPECT.search(value) else None
        found[name] = sealer(value) if sealer and isinstance(value, str) else value
    return found


def _seal_route(text: str) -> str:
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return _NUMBER.sub(_unless_no_card, text)


def _sealed(value: Any) -> Any:
    if isinstance(value, str):
        return seal(value)
    if isinstance(value, list):
        return [_sealed(member) for member in value]
    if isinstance(value, dict):
        return {seal(key): _sealed(member) for key, member in value.items()}
    if isinstance(value, int) and not isinstance(value, bool):
        return value if seal(str(value)) == str(value) else None
    return value


def _unless_no_card(found: re.Match[str]) -> str:
    return "<number>" if _is_card(found[0]) else found[0]


def _is_card(text: str) -> bool:
    """Whether the last digit is the one that Luhn's formula asks for."""
    digits = [int(sign) for sign in text if sign.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


SEALERS: tuple[Callable[[str], str], ...] = (seal, seal_json, _seal_route)
"""All that `sealer_of` may give."""
