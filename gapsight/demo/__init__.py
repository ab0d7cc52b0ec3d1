"""Realistic vendor files with planted, known truth: what `gapsight demo` writes."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from gapsight.demo.days import DayFacts, Job, background, write_counts, write_day
from gapsight.demo.reckoning import Reckoning
from gapsight.demo.repos import build
from gapsight.demo.truth import Truth, read_truth, truth_path, write_truth
from gapsight.demo.workers import shared

__all__ = [
    "DAYS",
    "SEED",
    "UNTIL",
    "Progress",
    "Truth",
    "begun",
    "generate",
    "read_truth",
    "truth_path",
]

Progress = Callable[[str, int, int], None]
"""Called with what is being written, how much of it is done, and how much there is."""

DAYS, SEED, UNTIL = 200, 7, date(2026, 6, 30)
_ALONE = 40
"""Up to so many days one process is faster than starting others."""

_OWN = (
    "access_log/*/*-*.log.gz",
    "mixpanel/*/export-*.ndjson.gz",
    "counts/*/usage-????-??.csv",
    "ci_bundle/*/*-*-*.zip",
    "jira/*/search-*.json",
    "incidents/*/INC-*.json",
    "deployments/*/deployments-*.json",
    "git/*/shop-web.log",
    "git/*/backoffice.log",
)
"""What a demo, and the pipeline from its repositories, puts into the inbox."""


def generate(  # noqa: PLR0913 - what a demo is made from
    target: Path,
    *,
    days: int = DAYS,
    seed: int = SEED,
    until: date | None = None,
    light: bool = False,
    progress: Progress | None = None,
) -> Truth:
    """Write inbox, repositories and truth into the data folder `target`, over an earlier demo.

    A `light` one has daily counts instead of logs and events, for years of history.
    """
    if days < 1:
        raise ValueError(f"a demo has at least one day, not {days}")
    tell = progress or (lambda _what, _done, _whole: None)
    until = until or UNTIL
    _remove_earlier(target)
    (target / "demo" / "repos").mkdir(parents=True, exist_ok=True)
    plans = background(seed, until, days, light=light).plans
    shas = {}
    for number, (repo, plan) in enumerate(plans.items()):
        tell("repositories", number, len(plans))
        shas[repo] = build(plan, target / "demo" / "repos" / repo)
    job = Job(str(target.absolute()), seed, days, until, shas, light)
    facts = [write_counts(job, until - timedelta(days=days - 1))] if light else []
    for number, written in enumerate(_written(job)):
        facts.append(written)
        tell("days", number + 1, days)
    truth = Reckoning(job, job.background).truth(facts)
    write_truth(target, truth)
    return truth


def begun(target: Path) -> bool:
    """Tell whether a demo was made here, or at least begun; its truth says whether it is whole."""
    return (target / "demo" / "repos").is_dir()


def _written(job: Job) -> Iterator[DayFacts]:
    days = [job.until - timedelta(days=ago) for ago in range(job.days)]
    if job.days > _ALONE:
        yield from shared(job, days)
    else:
        yield from (write_day(job, day) for day in days)


def _remove_earlier(target: Path) -> None:
    """Take away what an earlier or broken-off demo wrote, and nothing that was put beside it."""
    truth_path(target).unlink(missing_ok=True)
    for pattern in _OWN:
        for path in (target / "inbox").glob(pattern):
            path.unlink()
