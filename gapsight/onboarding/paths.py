"""Files to flows: which flow a test or a source file is about, by the folders it lies in."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gapsight.onboarding.facts import Place
from gapsight.onboarding.words import FlowIndex, flow_name, word_set

_CODE = word_set(
    "c cc cpp cs cts dart ex exs go groovy java js jsx kt kts m mjs mts php pl py rb rs scala svelte"
    " swift ts tsx vb vue"
)
_TEST = re.compile(
    r"(?i:(?:^|/)(?:tests?|specs?|e2e|__tests__|cypress|playwright)/)"
    r"|(?:^|/)test_[^/]*$|[._-](?:test|spec|cy)\.[^/]*$|(?:Test|Tests|IT|Spec)\.[^/]*$"
)
_ROOTED = re.compile(r"/|[A-Za-z]:/|\.\./")
MAX_BARE = 30
"""Folders that meet no flow are listed for people, the largest ones."""


@dataclass(frozen=True)
class Claim:
    """A glob of files, what it is about, and how much of it there is."""

    repo: str
    glob: str
    component: str
    flow: str
    volume: int
    example: str


def is_test(path: str) -> bool:
    """Tell a test's file from what it tests, by the habits of most languages."""
    return _TEST.search(path) is not None


def is_code(path: str) -> bool:
    """Tell program text from everything else in a repository, by the ending."""
    return path.rpartition(".")[2].lower() in _CODE


def claims(files: Mapping[Place, int], index: FlowIndex) -> list[Claim]:
    """What the files are about, most volume first; files that meet no flow are left out."""
    found: dict[tuple[str, str], Claim] = {}
    volumes: Counter[tuple[str, str]] = Counter()
    for place, volume in sorted(files.items(), key=lambda item: (-item[1], item[0])):
        claim = _claim(place, volume, index)
        if claim:
            key = claim.repo, claim.glob
            found.setdefault(key, claim)
            volumes[key] += volume
    return [_with_volume(found[key], volume) for key, volume in _by_volume(volumes)]


def bare_folders(files: Mapping[Place, int], index: FlowIndex) -> list[Claim]:
    """Folders of source files that meet no flow, as components without one."""
    volumes: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = defaultdict(str)
    for place, volume in files.items():
        folder, slash, _ = place.path.rpartition("/")
        if slash and _claim(place, volume, index) is None:
            key = place.repo, _glob(folder.split("/"), place.path)
            volumes[key] += volume
            examples[key] = examples[key] or place.path
    return [
        Claim(repo, glob, name, "", volume, examples[repo, glob])
        for (repo, glob), volume in _by_volume(volumes)[:MAX_BARE]
        if (name := flow_name(glob.removesuffix("/**").rpartition("/")[2]))
    ]


def _by_volume(volumes: Counter[tuple[str, str]]) -> list[tuple[tuple[str, str], int]]:
    return sorted(volumes.items(), key=lambda item: (-item[1], item[0]))


def _with_volume(claim: Claim, volume: int) -> Claim:
    return Claim(claim.repo, claim.glob, claim.component, claim.flow, volume, claim.example)


def _claim(place: Place, volume: int, index: FlowIndex) -> Claim | None:
    """The innermost folder that meets a flow speaks for all below it; else the file's own name."""
    parts = place.path.split("/")
    for depth in range(len(parts) - 1, 0, -1):
        if flow := index.find(parts[depth - 1]):
            glob = _glob(parts[:depth], place.path)
            return Claim(place.repo, glob, _name(parts[depth - 1]), flow, volume, place.path)
    stem = parts[-1].partition(".")[0]
    if flow := index.find(stem):
        glob = f"**/{parts[-1]}" if _ROOTED.match(place.path) else place.path
        return Claim(place.repo, glob, flow, flow, volume, place.path)
    return None


def _name(segment: str) -> str:
    return flow_name(segment) or segment


def _glob(folder: Iterable[str], path: str) -> str:
    """All below a folder; of an absolute path, which differs by machine, only the last name."""
    parts = list(folder)
    return f"**/{parts[-1]}/**" if _ROOTED.match(path) else "/".join([*parts, "**"])
