"""Secrets and personal data planted in every place of a source's golden files, one place at a time.

Places are found by the look of a file: the strings and keys of JSON, the attributes and texts of XML,
the words of lines. So a new source is planted as soon as it has a golden folder.
"""

import copy
import gzip
import json
import re
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

GOLDEN = Path(__file__).parents[1] / "golden"

PERSON = "Ada Plantedname"
USER = "user-planteduser-4711"
EVERYWHERE = {
    "e-mail": ("ada.plantedmail@example.com", "plantedmail"),
    "e-mail in a URL": ("bob.plantedurlmail%40example.com", "plantedurlmail"),
    "GitHub": ("ghp_Planted1hub42F292c6912E7710c838347Ae1", "Planted1hub"),
    "GitHub, new": ("github_pat_11Planted2pat0123456789_abcdefghij0123456789", "Planted2pat"),
    "AWS": ("AKIAPLANTED0KEY12345", "PLANTED0KEY"),
    "Slack": ("xoxb-123456789012-Planted3slack0", "Planted3slack"),
    "GitLab": ("glpat-Planted4lab01234567", "Planted4lab"),
    "Stripe": ("sk_live_Planted5stripe0123456789", "Planted5stripe"),
    "JWT": ("eyJhbGciOiJIUzI1NiJ9.eyJQbGFudGVkNmp3dCI6MX0.UGxhbnRlZDZqd3Q", "QbGFudGVkNmp3d"),
    "URL": ("https://ada:Planted7password@example.com/x", "Planted7password"),
    "query": ("https://example.com/a?token=Planted8query&x=1", "Planted8query"),
    "bearer": ("Bearer Planted9bearer0123456789", "Planted9bearer"),
    "card": ("4242 4242 4242 4242", "4242 4242 4242 4242"),
    "card without blanks": ("5555555555554444", "5555555555554444"),
    "private key": ("-----BEGIN RSA PRIVATE KEY-----MIIEPlantedAkey", "PlantedAkey"),
}
"""What it is called -> what is planted, and what of it must be nowhere."""
IN_PROSE = {
    "phone": ("+49 170 55501234", "55501234"),
    "address": ("203.0.113.77", "203.0.113.77"),
    "query string": ("GET /a?q=PlantedBquery&y=2", "PlantedBquery"),
    "password": ("password=PlantedCpassword", "PlantedCpassword"),
    "card of no known bank": ("1234 5678 9012 3456", "1234 5678 9012 3456"),
}
"""The same of what is only taken out of texts: in a name it may mean something else."""
BLOB = " ".join(what for what, _ in (*EVERYWHERE.values(), *IN_PROSE.values()))
_COMPACT = [
    planted for name, (planted, _) in EVERYWHERE.items() if " " not in planted or name == "card"
]
_PERSON_KEYS = re.compile(
    r"(?i)reporter|assignee|assignees|authors?|creator|committer|actor|user|displayname|login"
    r"|requester|commander|responders?|agent|acknowledgers?|subscriber"
)
_USER_KEYS = re.compile(r"(?i)\$?distinct_id|\$?user_id|accountid|device_id|userid")
_PERSONS = {
    "reporter": {"displayName": PERSON, "emailAddress": EVERYWHERE["e-mail"][0], "accountId": USER},
    "assignee": PERSON,
    "created_by": {"name": PERSON, "user_id": USER},
    "authors": [{"name": PERSON}],
}

Make = Callable[[str], str]
Place = tuple[object, ...]


class Variant(NamedTuple):
    """A golden file with something planted in one of its places."""

    case: Path
    ending: str
    content: bytes


def variants(name: str) -> Iterator[Variant]:
    """Every planted file of a source."""
    for case in sorted((GOLDEN / name).iterdir()):
        expected = case / "expected.jsonl"
        if not case.is_dir() or not expected.stat().st_size:
            continue  # refused as a whole: nothing of it would be read
        [place] = [found for found in case.iterdir() if found.stem.split(".")[0] == "input"]
        if place.is_dir():
            continue
        content = place.read_bytes()
        content = gzip.decompress(content) if place.suffix == ".gz" else content
        ending = place.name.removesuffix(".gz").partition(".")[2]
        for planted in _planted(content, ending):
            yield Variant(case, ending, planted)


def _planted(content: bytes, ending: str) -> Iterator[bytes]:
    text = content.decode("utf-8", "surrogateescape")
    try:
        if ending in {"json", "jsonl", "ndjson"}:
            yield from plant_json(text)
        elif ending == "xml":
            yield from _plant_xml(content)
        else:
            yield from _plant_lines(text, ending)
    except (ValueError, etree.XMLSyntaxError):  # a damaged file: it has words, too
        yield from _plant_lines(text, ending)


def plant_json(text: str) -> Iterator[bytes]:
    """Variants of one JSON document, or of the lines of a file of them."""
    try:
        documents = [json.loads(text)]
    except ValueError:
        documents = [json.loads(line) for line in text.splitlines() if line.strip()]
    rotation = count()
    for number, document in enumerate(documents):
        for changed in _changed(document, rotation):
            whole = [changed if n == number else other for n, other in enumerate(documents)]
            yield "\n".join(json.dumps(one) for one in whole).encode()


def _changed(document: Any, rotation: Iterator[int]) -> Iterator[Any]:
    seen: set[Place] = set()
    for path, value in list(_walk(document, ())):
        shape = tuple("#" if isinstance(step, int) else step for step in path)
        if shape in seen:
            continue
        seen.add(shape)
        if isinstance(value, dict):
            yield _with(document, path, {**value, **_PERSONS, f"note {BLOB}": BLOB, "memo": BLOB})
        elif isinstance(value, str):
            compact = _COMPACT[next(rotation) % len(_COMPACT)]
            planted = [f"{value} {BLOB}", compact, f"{value}-{compact}"]
            # In New Relic's GraphQL `actor` is whoever asks, and everything lies below it.
            named = path[path.index("account") :] if "account" in path else path
            if any(_PERSON_KEYS.fullmatch(str(step)) for step in named):
                planted.append(PERSON)
            if _USER_KEYS.fullmatch(str(path[-1]) if path else ""):
                planted.append(USER)
            yield from (_with(document, path, new) for new in planted)


def _walk(value: Any, path: Place) -> Iterator[tuple[Place, Any]]:
    yield path, value
    members: Any = value.items() if isinstance(value, dict) else ()
    for key, member in enumerate(value) if isinstance(value, list) else members:
        yield from _walk(member, (*path, key))


def _with(document: Any, path: Place, new: Any) -> Any:
    if not path:
        return new
    changed = inner = copy.deepcopy(document)
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = new
    return changed


def _plant_xml(content: bytes) -> Iterator[bytes]:
    rotation, seen = count(), set()
    size = sum(1 for _ in etree.fromstring(content).iter(etree.Element))
    for number in range(size):
        names = list(list(etree.fromstring(content).iter(etree.Element))[number].attrib)
        for name in (*names, None):
            compact = _COMPACT[next(rotation) % len(_COMPACT)]
            for planted in (f"{{}} {BLOB}", compact, f"{{}}-{compact}"):
                root = etree.fromstring(content)
                element = list(root.iter(etree.Element))[number]
                if (element.tag, name, planted[:3]) in seen:
                    continue
                seen.add((element.tag, name, planted[:3]))
                if name is None:
                    element.text = planted.format(element.text or "")
                else:
                    element.set(name, planted.format(element.get(name)))
                yield etree.tostring(root, xml_declaration=True, encoding="utf-8")


_WORD = re.compile(r"[^\s,;\"'|{}\x00-\x1f]+")


def _plant_lines(text: str, ending: str) -> Iterator[bytes]:
    """One file with a planted copy behind each line, and one for each word of its header."""
    lines, rotation = text.splitlines(keepends=True), count()
    many: list[str] = []
    for number, line in enumerate(lines):
        many.append(line)
        for found in _WORD.finditer(line):
            for planted in (f"{found[0]} {BLOB}", _COMPACT[next(rotation) % len(_COMPACT)]):
                changed = line[: found.start()] + planted + line[found.end() :]
                many.append(changed)
                if line.startswith("#") or (number == 0 and ending != "log"):
                    yield _bytes([*lines[:number], changed, *lines[number + 1 :]])
    yield _bytes(many)


def _bytes(lines: list[str]) -> bytes:
    return "".join(lines).encode("utf-8", "surrogateescape")
