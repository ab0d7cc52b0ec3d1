"""A loader that is killed between any two steps leaves nothing half behind."""

from datetime import timedelta
from pathlib import Path

import pytest

from orchestration.lake import Lake
from tests.unit.lake_support import (
    DAY,
    NEXT,
    content,
    incident,
    load,
    put_incidents,
    rows,
    workspace,
)


class Killed(BaseException):
    """As sudden as a kill, but inside this process."""


def kill_at(monkeypatch, number: int) -> None:
    """Die at the n-th change of a name or removal that a commit makes."""
    left = [number]
    for name in ("replace", "unlink"):
        real = getattr(Path, name)

        def count(self, *args, real=real, **options):
            if "tmp" in str(self) or "day=" in str(self) or self.name == "journal.json":
                left[0] -= 1
                if left[0] == 0:
                    raise Killed
            return real(self, *args, **options)

        monkeypatch.setattr(Path, name, count)


def two_versions(settings) -> None:
    for name in ("a", "b"):
        put_incidents(settings, f"{name}.json", [incident(name), incident(f"{name}2", NEXT)])
    load(settings)
    put_incidents(settings, "a.json", [incident("a", NEXT)])
    put_incidents(settings, "d.json", [incident("d"), {"title": "no id"}])


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    settings = workspace(tmp_path_factory.mktemp("calm"))
    two_versions(settings)
    load(settings)
    return content(settings)


@pytest.mark.parametrize("number", range(1, 18))
def test_a_kill_between_any_two_steps_leaves_nothing_behind(tmp_path, monkeypatch, calm, number):
    settings = workspace(tmp_path)
    two_versions(settings)
    with monkeypatch.context() as patched:
        kill_at(patched, number)
        with pytest.raises(Killed):
            load(settings)
    with Lake(settings.paths.lake).frozen():  # a reader finishes a half-made commit as well
        ids = [row[0] for row in rows(settings, columns="incident_id || '@' || day")]
        assert len(ids) == len(set(ids)), "no row is ever seen twice"
    load(settings)
    assert content(settings) == calm
    assert not list((settings.paths.lake / "_state" / "tmp").rglob("*.parquet"))
    assert not (settings.paths.lake / "_state" / "journal.json").exists()


def test_a_change_after_a_kill_leaves_no_days_of_the_version_between(tmp_path, monkeypatch):
    settings = workspace(tmp_path)
    put_incidents(settings, "a.json", [incident("v1")])
    load(settings)
    put_incidents(settings, "a.json", [incident("v2", NEXT)])
    with monkeypatch.context() as patched:
        kill_at(patched, 2)
        with pytest.raises(Killed):
            load(settings)
    put_incidents(settings, "a.json", [incident("v3", DAY + timedelta(days=2))])
    load(settings)
    assert rows(settings, columns="incident_id") == [("v3",)]
