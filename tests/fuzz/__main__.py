"""`make fuzz`: libFuzzer on each parser for some time; what broke a rule is kept and named.

What was found interesting stays in .tools/fuzz/corpus, so that the next run begins where this one was.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ingest import sources
from ingest.source import Source
from tests.fuzz.corpus import inputs_of, words_of

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / ".tools" / "fuzz-lib"
KEPT = ROOT / ".tools" / "fuzz"
_LIMITS = ("-timeout=20", "-rss_limit_mb=500", "-max_len=65536", "-print_final_stats=1")


@dataclass(frozen=True)
class Tried:
    """What came of one source."""

    source: str
    runs: int
    edges: int
    peak_mb: int
    fault: str = ""
    kept: str = ""

    def line(self) -> str:
        """Return one line for a person."""
        what = (
            f"{self.fault}\n    again: make fuzz AGAIN={self.kept} SOURCES={self.source}"
            if self.fault
            else "ok"
        )
        return f"{self.source:20} {self.runs:>10,} inputs {self.edges:>6,} edges {self.peak_mb:>4} MB  {what}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Try every source that is asked for; 1 if one broke a rule."""
    given = _arguments(arguments)
    if given.again:
        return _target(sources.get(given.sources[0]), str(given.again)).returncode
    with ThreadPoolExecutor(max_workers=given.jobs) as pool:
        found = []
        for tried in pool.map(lambda name: _tried(sources.get(name), given.seconds), given.sources):
            print(tried.line(), flush=True)
            found.append(tried)
    broken = sum(bool(tried.fault) for tried in found)
    print(f"{len(found)} parsers, {sum(t.runs for t in found):,} inputs, {broken} with a fault")
    return int(broken > 0)


def _tried(source: Source, seconds: int) -> Tried:
    corpus, crashes = KEPT / "corpus" / source.name, KEPT / "faults" / source.name
    for folder in (corpus, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(inputs_of(source)):
        (corpus / f"golden-{number}").write_bytes(content)
    words = KEPT / f"{source.name}.words"
    quoted = ("".join(f"\\x{byte:02x}" for byte in word) for word in words_of(source))
    words.write_text("".join(f'"{word}"\n' for word in quoted))
    done = _target(
        source, f"-max_total_time={seconds}", f"-dict={words}", f"-artifact_prefix={crashes}/", *_LIMITS,
        str(corpus), shown=False,
    )  # fmt: skip
    said = done.stdout.decode(errors="replace")
    fault = _fault(said) if done.returncode else ""
    kept = re.findall(r"Test unit written to (\S+)", said)
    return Tried(
        source.name,
        runs=_last(r"^(?:#|stat::number_of_executed_units:\s+)(\d+)", said),
        edges=_last(r"cov: (\d+)", said),
        peak_mb=_last(r"rss: (\d+)Mb", said),
        fault=fault,
        kept=os.path.relpath(kept[-1], ROOT) if kept else "",
    )


def _target(
    source: Source, *options: str, shown: bool = True
) -> subprocess.CompletedProcess[bytes]:
    path = os.pathsep.join(filter(None, (str(LIBRARY), os.environ.get("PYTHONPATH"))))
    return subprocess.run(
        [sys.executable, "-m", "tests.fuzz.target", source.name, *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        stdout=None if shown else subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


def _last(pattern: str, said: str) -> int:
    found = re.findall(pattern, said, re.MULTILINE)
    return int(found[-1]) if found else 0


def _fault(said: str) -> str:
    marks = re.findall(
        r"^(?:\w+(?:\.\w+)*(?:Error|Exception|Interrupt)\b.*|.*ERROR: libFuzzer: .*)$",
        said,
        re.MULTILINE,
    )
    return marks[0][:200] if marks else "ended without saying why: " + said[-200:].strip()


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    asked = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    asked.add_argument(
        "--sources",
        type=_names,
        default=list(sources.NAMES),
        help="such as junit,jira; default: all",
    )
    asked.add_argument("--seconds", type=int, default=60, help="for each")
    asked.add_argument("--jobs", type=int, default=2, help="parsers at one time")
    asked.add_argument("--again", type=Path, help="one kept input, with its error")
    return asked.parse_args(arguments)


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()] or list(sources.NAMES)
    if unknown := sorted(set(names) - set(sources.NAMES)):
        raise argparse.ArgumentTypeError(
            f"no source {', '.join(unknown)}; there are {', '.join(sources.NAMES)}"
        )
    return names


if __name__ == "__main__":
    sys.exit(main())
