from hashlib import sha256
from pathlib import Path

import pytest

from benchmarks import __main__ as bench
from benchmarks.figures import Bar, Figure, judged, lines_of, section, write_section
from benchmarks.generate import access_log, reports, routes

SMALL = 50_000


def digest(place: Path) -> str:
    files = sorted(place.iterdir()) if place.is_dir() else [place]
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@pytest.mark.parametrize(
    "write",
    [
        lambda place, seed: access_log.write_log(place, SMALL, seed=seed),
        lambda place, seed: reports.junit_file(place, SMALL, seed=seed),
        lambda place, seed: reports.junit_files(place, 2, cases=20, seed=seed),
        lambda place, seed: reports.cobertura_file(place, SMALL, seed=seed),
        lambda place, seed: reports.jacoco_file(place, SMALL, seed=seed),
        lambda place, seed: reports.istanbul_file(place, SMALL, seed=seed),
        lambda place, seed: reports.lcov_file(place, SMALL, seed=seed),
        lambda place, seed: reports.clover_file(place, SMALL, seed=seed),
    ],
    ids=[
        "access_log",
        "junit_file",
        "junit_files",
        "cobertura",
        "jacoco",
        "istanbul",
        "lcov",
        "clover",
    ],
)
def test_the_same_seed_gives_the_same_bytes(tmp_path, write) -> None:
    counts = [
        write(tmp_path / name, seed) for name, seed in (("one", 7), ("again", 7), ("other", 8))
    ]
    assert counts[0] == counts[1] > 0
    assert digest(tmp_path / "one") == digest(tmp_path / "again") != digest(tmp_path / "other")


def test_routes_are_all_different_and_the_same_each_time() -> None:
    made = list(routes.routes(3_000))
    assert len(set(made)) == 3_000
    assert made == list(routes.routes(3_000))
    assert len({pattern for _, _, pattern, _, _ in routes.patterns(300)}) == 300


def test_the_log_counts_its_lines_and_holds_what_a_real_one_does(tmp_path) -> None:
    lines = access_log.write_log(tmp_path / "log", 6_000_000)
    text = (tmp_path / "log").read_bytes()
    assert text.count(b"\n") == lines
    assert 230 < len(text) / lines < 310
    for wanted in (
        b"2001:db8:",
        b"Googlebot",
        b"SyntheticMonitor",
        b"\xe9",
        b"\\x16\\x03",
        b"\n\n",
        b"iPhone",
    ):
        assert wanted in text
    assert len(access_log.templates()) == 316


def test_a_row_at_tiny_size_gives_verdicts_and_is_not_kept(tmp_path, capsys) -> None:
    place = tmp_path / "figures.md"
    code = bench.main(["--rows", "istanbul", "--size", "0.001", "--out", str(place)])
    assert code == 0
    assert not place.exists()
    shown = capsys.readouterr().out
    assert "json.loads" in shown
    assert shown.count("holds") + shown.count("**misses**") == 2


def test_an_unknown_row_is_refused_with_the_known_ones(capsys) -> None:
    with pytest.raises(SystemExit):
        bench.main(["--rows", "junitt"])
    assert "there are access_log" in capsys.readouterr().err


def test_a_row_measured_again_replaces_its_own_lines_and_nothing_else(tmp_path) -> None:
    place = tmp_path / "figures.md"
    write_section(place, "Faults", "kept as it is")
    old, new, other = (
        Figure("w", "r", text, "1x", "<= 2x", "holds") for text in ("old", "new", "other")
    )
    bench.keep(place, {"jacoco": [old, old], "junit": [other]})
    bench.keep(place, {"jacoco": [new]})
    lines = lines_of(section(place, bench.TITLE))
    assert [(line[0], line[3]) for line in lines] == [("junit", "other"), ("jacoco", "new")]
    assert section(place, "Faults").strip() == "kept as it is"
    assert place.read_text().startswith("# Figures\n")


def test_a_bar_holds_up_to_its_limit() -> None:
    assert judged("w", Bar(">=", 0.8), 0.8, measured="").verdict == "holds"
    assert judged("w", Bar(">=", 0.8), 0.79, measured="").verdict == "**misses**"
    assert judged("w", Bar("<=", 200, "MB"), 201, measured="").verdict == "**misses**"
    assert str(Bar("<=", 1.5)) == "<= 1.5x"
