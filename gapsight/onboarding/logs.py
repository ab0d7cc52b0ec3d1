"""Whose log a file is, by its name: no log line says it."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_ENDINGS = re.compile(r"(?i)(?:\.(?:gz|bz2|xz|zst|log|txt|ndjson|jsonl|json|[0-9]{1,4}))+$")
# What AWS and IIS call their files; the load balancer's own name is the only word in the first.
_ALB = re.compile(r"[0-9]+_elasticloadbalancing_[a-z0-9-]+_app\.([A-Za-z0-9-]+)\.[0-9a-f]{16}")
_IIS = re.compile(r"(?i)u_(?:ex|nc|in)[0-9]{6,8}(?:_x)?$")
_DATE = re.compile(r"[-_.]?20[0-9]{2}[-_.]?[01][0-9][-_.]?[0-3][0-9].*$|[-_.][0-9]+$")
_NOT_SERVICES = (
    "access|logfile|logs?|nginx|apache2?|httpd|ssl|other|alb|elb|cloudfront|iis|w3c|kong|envoy|caddy"
    "|traefik|u-(?:ex|nc|in)"
)
_SAYS_NOTHING = re.compile(rf"(?i)[-_.]?\b(?:{_NOT_SERVICES})\b")
_LONGEST = 255
"""Bytes of a file name, on every usual file system."""


class Log(NamedTuple):
    """Whose log a file is, under which pattern settings know it, and its name in an inbox."""

    service: str
    match: str
    name: str


def name_logs(paths: Iterable[Path], fallback: str) -> dict[Path, Log]:
    """A service for each log; where the name says none, the folder's if names clash, else the fallback."""
    files = list(paths)
    clashing = {name for name, count in Counter(path.name for path in files).items() if count > 1}
    found = {}
    for path in files:
        name = _fitting(f"{path.parent.name}-{path.name}") if path.name in clashing else path.name
        stem = _stem(name)
        found[path] = Log(_service(stem) or fallback, f"{stem}*", name)
    return found


def _fitting(name: str) -> str:
    """A name that a file can have: of one too long the end, which tells its date and format."""
    whole = name.encode()
    if len(whole) <= _LONGEST:
        return name
    mark = hashlib.sha256(whole).hexdigest()[:8]
    return f"{mark}-{whole[len(mark) + 1 - _LONGEST :].decode(errors='ignore')}"


def _stem(name: str) -> str:
    """What the names of a log's files have in common."""
    bare = _ENDINGS.sub("", name)
    if _IIS.match(bare):
        return bare[:4]
    undated = _DATE.sub("", bare)
    return _ENDINGS.sub("", undated) or undated or name


def _service(stem: str) -> str:
    if found := _ALB.match(stem):
        return found[1].lower()
    plain = _SAYS_NOTHING.sub("", re.sub(r"_", "-", stem))
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower()
