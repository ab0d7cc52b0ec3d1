"""A small workspace for rows that load, and what a load of it is for a probe."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

DAY = date(2026, 6, 30)


def new(folder: Path, first_day: date = DAY) -> Path:
    """A workspace in UTC without data."""
    folder.mkdir(parents=True)
    (folder / "gapsight.toml").write_text(f'[workspace]\nfirst_day = "{first_day}"\n')
    return folder


def inbox(workspace: Path, day: date = DAY) -> Path:
    """The folder of a day's access logs."""
    place = workspace / "var" / "inbox" / "access_log" / day.isoformat()
    place.mkdir(parents=True, exist_ok=True)
    return place


def with_one(folder: Path, log: Path) -> Path:
    """A new workspace whose inbox holds one log (a link to it)."""
    workspace = new(folder)
    (inbox(workspace) / log.name).hardlink_to(log)
    return workspace


def load(workspace: str, day: str = "") -> Callable[[], dict[str, int]]:
    """Load what is new, as a run does: look what waits, then load its days into the lake."""
    from orchestration.days import Days
    from orchestration.loading import load_family, pending
    from orchestration.settings import load as settings_of

    settings = settings_of(Path(workspace), environ={})

    def work() -> dict[str, int]:
        waiting = pending(settings, "usage")
        asked = Days(date.fromisoformat(day), date.fromisoformat(day)) if day else None
        report = load_family(settings, "usage", asked)
        return {"waiting": len(waiting), "files": report.loaded, "rows": report.rows.total()}

    return work


def forget(workspace: Path) -> None:
    """Empty the lake, so that everything loads again."""
    shutil.rmtree(workspace / "var" / "lake", ignore_errors=True)
