"""Names of tests: what makes them the same from run to run."""

import datetime as dt
import time

import pytest

from ingest.ci import repeats
from ingest.ci.repeats import Repeats
from ingest.ci.test_names import LIMIT, split_name
from ingest.records import TestAttempt


@pytest.mark.parametrize(
    ("name", "base", "params"),
    [
        ("test_total", "test_total", None),
        ("test_total[EUR-2]", "test_total", "EUR-2"),
        ("test_total[a[0]-b]", "test_total", "a[0]-b"),
        ("adds(int, int)[1]", "adds(int, int)", "1"),
        ("adds[1, 2](3)", "adds", "1, 2(3)"),
        ("HalfUp/12", "HalfUp", "12"),
        ("Case/Sub/0", "Case/Sub", "0"),
        ("GET /items/3", "GET /items/3", None),
        ("Array[Symbol.iterator] works", "Array[Symbol.iterator] works", None),
        ("[1] first", "[1] first", None),
        ("[all]", "[all]", None),
        ("opens [page 2]", "opens", "page 2"),
        ("two\n lines\t here", "two lines here", None),
        ("<Basket at 0x7f21c4a0b3d0>", "<Basket at {address}>", None),
        ("x[0x7f21c4a0b3d0]", "x", "{address}"),
        (
            "order 3f2504e0-4f89-11d3-9a0c-0305e82c3301 ships",
            "order {uuid} ships",
            None,
        ),
        ("reads /tmp/pytest-of-kim/pytest-12/a.txt twice", "reads {temp} twice", None),
        ("reads /private/var/folders/zz/T/x", "reads {temp}", None),
        (r"reads C:\Users\kim\AppData\Local\Temp\a.txt", "reads {temp}", None),
        ("has 0x of them", "has 0x of them", None),
        ("", "", None),
    ],
)
def test_parameters_and_volatile_parts_leave_the_name(
    name: str, base: str, params: str | None
) -> None:
    assert split_name(name) == (base, params)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "a" + " [" * 50_000, "/" * 100_000, "0x" * 100_000]
)
def test_long_names_are_cut_and_cost_little(text: str) -> None:
    start = time.perf_counter()
    assert len(split_name(text)[0]) <= LIMIT
    assert time.perf_counter() - start < 1


def row(status: str) -> TestAttempt:
    return TestAttempt(day=dt.date(2026, 6, 30), name="t", raw_status=status, status=status)


def test_beyond_the_limit_names_are_forgotten_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "NAMES_KEPT", 10)
    seen = Repeats()
    assert seen.place(0, [row("failed")]) == []
    for key in range(1, 12):
        seen.place(key, [row("passed")])
    assert [held.status for held in seen.trim()] == ["failed"]
    assert seen.forgot
    assert seen.is_new(0)


def test_many_failures_are_let_go_before_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "FAILURES_KEPT", 2)
    seen = Repeats()
    for key in range(3):
        seen.place(key, [row("failed")])
    assert len(list(seen.trim())) == 3
    late = seen.place(0, [row("passed")])
    assert [(held.occurrence, held.attempt) for held in late] == [(2, 1)]
    assert not seen.forgot
