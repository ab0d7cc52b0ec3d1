"""Commits of real repositories, made here with git, through the fetcher and the parser."""

import datetime as dt
import io
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import apis
from ingest.apis.git import GitError, fetch, fetch_sizes
from ingest.records import Commit, ComponentSize
from ingest.source import Context, Item, Reject
from ingest.sources import git as parser

FIRST, LAST = dt.date(2026, 6, 28), dt.date(2026, 7, 1)
ISOLATED = {
    "PATH": os.defpath,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Jo",
    "GIT_AUTHOR_EMAIL": "jo@example.com",
    "GIT_COMMITTER_NAME": "Jo",
    "GIT_COMMITTER_EMAIL": "jo@example.com",
}


class Clone:
    """A repository in a temporary folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        self("init", "-q", "-b", "main")

    def __call__(self, *arguments: str, at: str = "2026-06-29T12:00:00Z", **env: str) -> str:
        dates = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
        done = subprocess.run(
            [shutil.which("git") or "git", *arguments],
            cwd=self.path,
            env=ISOLATED | dates | env,
            capture_output=True,
            check=True,
        )
        return done.stdout.decode().strip()

    def commit(self, name: str, content: str | bytes, at: str, **env: str) -> str:
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        self("add", "-A")
        self("commit", "-q", "-m", f"change {name}", at=at, **env)
        return self("rev-parse", "HEAD")


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "shop")


def documents(path: Path, branch: str = "main", zone: str = "UTC") -> dict[dt.date, bytes]:
    found = fetch(path, "shop", branch, first_day=FIRST, last_day=LAST, reporting_zone=zone)
    return dict(found)


def rows(path: Path, branch: str = "main", zone: str = "UTC") -> list[Commit]:
    def read() -> Iterator[Item]:
        for day, content in documents(path, branch, zone).items():
            yield from parser.parse(io.BytesIO(content), Context(folder_day=day, hash_key=b"k"))

    items = list(read())
    assert all(isinstance(item, Commit) for item in items), items
    return [item for item in items if isinstance(item, Commit)]


def sizes(clone: Clone, *days: dt.date, zone: str = "UTC") -> list[tuple[int, str, int | None]]:
    found = []
    for day, content in fetch_sizes(clone.path, "shop", "main", days=days, reporting_zone=zone):
        for item in parser.parse(io.BytesIO(content), Context(folder_day=day)):
            assert isinstance(item, ComponentSize), item
            found.append((item.day.day, item.file, item.lines))
    return found


def test_every_day_of_the_range_has_a_document_and_an_empty_one_says_so(clone: Clone) -> None:
    sha = clone.commit("a.py", "1\n", "2026-06-29T12:00:00Z")
    found = documents(clone.path)
    assert list(found) == [FIRST + dt.timedelta(days=n) for n in range(4)]
    assert found[FIRST] == b"# gapsight git log repo=shop day=2026-06-28 lines=0\n"
    # Git writes the zone of UTC as +00:00 or, in newer versions, as Z.
    assert found[dt.date(2026, 6, 29)].decode().replace("+00:00", "Z").split("\n") == [
        "# gapsight git log repo=shop day=2026-06-29 lines=2",
        f"\x1e{sha}\x1f\x1f2026-06-29T12:00:00Z\x1fJo\x1fjo@example.com",
        "1\t0\ta.py",
        "",
    ]


def test_a_day_is_a_reporting_day_of_the_commit_date(clone: Clone) -> None:
    clone.commit("before", "x", "2026-06-27T21:59:59Z")
    late = clone.commit("late", "x", "2026-06-28T22:30:00Z", GIT_AUTHOR_DATE="2020-01-01T00:00:00Z")
    west = clone.commit("west", "x", "2026-06-29T23:30:00-0700")
    last = clone.commit("last", "x", "2026-07-01T21:59:59Z")
    clone.commit("after", "x", "2026-07-01T22:00:00Z")
    days = {row.sha: row.day for row in rows(clone.path, zone="Europe/Berlin")}
    assert days == {late: dt.date(2026, 6, 29), west: dt.date(2026, 6, 30), last: LAST}


def test_merges_bots_renames_binaries_and_unusual_paths(clone: Clone) -> None:
    clone.commit("old name.txt", "one\ntwo\n", "2026-06-28T01:00:00Z")
    clone("checkout", "-q", "-b", "side")
    clone.commit('süß/ñ\t"q".py', "x\n", "2026-06-28T02:00:00Z")
    clone("checkout", "-q", "main")
    clone("mv", "old name.txt", "new.txt")
    clone.commit("logo.png", b"\x00\x01", "2026-06-29T01:00:00Z", GIT_AUTHOR_NAME="renovate[bot]")
    clone("merge", "-q", "--no-ff", "-m", "merge", "side", at="2026-06-30T01:00:00Z")
    clone("commit", "-q", "--allow-empty", "-m", "empty", at="2026-07-01T01:00:00Z")
    got = [
        (r.day.day, r.file, r.lines_added, r.lines_removed, r.bot, r.merge)
        for r in rows(clone.path)
    ]
    assert sorted(got, key=str) == sorted(
        [
            (28, "old name.txt", 2, 0, False, False),
            (28, 'süß/ñ\t"q".py', 1, 0, False, False),
            (29, "logo.png", None, None, True, False),
            (29, "new.txt", 2, 0, True, False),
            (29, "old name.txt", 0, 2, True, False),
            (30, None, None, None, False, True),
            (1, None, None, None, False, False),
        ],
        key=str,
    )


def test_a_commit_of_a_wrong_clock_hides_none_behind_it(clone: Clone) -> None:
    wanted = clone.commit("a", "1", "2026-06-29T12:00:00Z")
    for n in range(10):
        clone.commit("a", f"wrong {n}", "1999-01-01T00:00:00Z")
    newer = clone.commit("a", "2", "2026-06-29T11:00:00Z")
    assert {row.sha for row in rows(clone.path)} == {wanted, newer}


def test_a_commit_with_an_impossible_zone_is_rejected_not_lost(clone: Clone) -> None:
    tree = clone("write-tree")
    who = "Jo <jo@example.com> 1782820800 +51800"
    raw = f"tree {tree}\nauthor {who}\ncommitter {who}\n\nodd\n"
    (clone.path / "raw").write_text(raw)
    sha = clone("hash-object", "-t", "commit", "-w", "--literally", "raw")
    clone("update-ref", "refs/heads/main", sha)
    content = documents(clone.path)[FIRST]
    (item,) = parser.parse(io.BytesIO(content), Context(folder_day=FIRST))
    assert isinstance(item, Reject)


def test_the_callers_and_the_clones_configuration_change_nothing(
    clone: Clone, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clone.commit("ü.py", "1\n", "2026-06-29T12:00:00Z", GIT_AUTHOR_NAME="Jö")
    signed = clone("cat-file", "-p", clone.commit("b.py", "1\n", "2026-06-29T13:00:00Z"))
    (clone.path / "raw").write_text(signed.replace("\n\n", "\ngpgsig -----BEGIN X-----\n\n") + "\n")
    clone("update-ref", "HEAD", clone("hash-object", "-t", "commit", "-w", "raw"))
    plain = documents(clone.path)
    trap = tmp_path / "trap"
    hook = tmp_path / "hook.sh"
    hook.write_text(f"#!/bin/sh\ntouch {trap}\n")
    hook.chmod(0o755)
    for key, value in (
        ("core.quotePath", "false"),
        ("log.showRoot", "false"),
        ("log.showSignature", "true"),
        ("color.ui", "always"),
        ("core.pager", str(hook)),
        ("core.fsmonitor", str(hook)),
        ("diff.external", str(hook)),
        ("diff.renames", "copies"),
        ("diff.relative", "true"),
        ("i18n.logOutputEncoding", "ISO-8859-1"),
        ("gpg.program", str(hook)),
        ("diff.odd.textconv", str(hook)),
    ):
        clone("config", key, value)
    (clone.path / ".git" / "info" / "attributes").write_text("*.py diff=odd\n")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_PAGER", str(hook))
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    assert documents(clone.path) == plain
    assert not trap.exists()


def test_a_branch_may_be_the_remotes_or_have_an_odd_name(clone: Clone, tmp_path: Path) -> None:
    sha = clone.commit("a", "1", "2026-06-29T12:00:00Z")
    clone("update-ref", "refs/heads/--output=x", sha)
    clone("checkout", "-q", "-b", "feature/x")
    newer = clone.commit("a", "2", "2026-06-29T13:00:00Z")
    assert [row.sha for row in rows(clone.path, "--output=x")] == [sha]
    clone("clone", "-q", "--branch", "main", str(clone.path), str(tmp_path / "copy"))
    assert [row.sha for row in rows(tmp_path / "copy", "feature/x")] == [newer, sha]
    assert [row.sha for row in rows(tmp_path / "copy", "origin/feature/x")] == [newer, sha]
    clone("clone", "-q", "--bare", str(clone.path), str(tmp_path / "bare.git"))
    assert [row.sha for row in rows(tmp_path / "bare.git", "feature/x")] == [newer, sha]


def test_each_obstacle_is_named(clone: Clone, tmp_path: Path) -> None:
    def refused(path: Path, branch: str = "main") -> str:
        with pytest.raises(GitError) as error:
            documents(path, branch)
        return str(error.value)

    assert "no such folder" in refused(tmp_path / "absent")
    assert "an empty repository" in refused(clone.path)
    clone.commit("folder/a", "1", "2026-06-29T12:00:00Z")
    assert "no branch 'trunk'; there are main" in refused(clone.path, "trunk")
    assert "no branch" in refused(clone.path, "main^{/x}")
    assert "cannot be run" in refused(clone.path, "a\x00b")
    # A folder of another repository is not taken for that repository.
    assert "is not a git repository" in refused(clone.path / "folder")
    (clone.path / ".git" / "HEAD").write_text("broken")
    assert "is not a git repository" in refused(clone.path)
    with pytest.raises(GitError, match="name of one line"):
        list(fetch(clone.path, "a\nb", "main", first_day=FIRST, last_day=LAST))


def test_a_damaged_repository_fails_before_the_first_document(clone: Clone) -> None:
    sha = clone.commit("a", "1", "2026-06-29T12:00:00Z")
    tree = clone("rev-parse", f"{sha}^{{tree}}")
    (clone.path / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(GitError, match="git log failed"):
        next(fetch(clone.path, "shop", "main", first_day=FIRST, last_day=LAST))


def test_a_clone_of_another_owner_is_read(clone: Clone) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder to somebody else")
    sha = clone.commit("a", "1", "2026-06-29T12:00:00Z")
    for path in (clone.path, *clone.path.rglob("*")):
        os.chown(path, 12345, 12345)
    assert [row.sha for row in rows(clone.path)] == [sha]


def test_a_shallow_clone_is_read_after_its_boundary_only(clone: Clone, tmp_path: Path) -> None:
    clone.commit("a", "1\n", "2026-06-20T12:00:00Z")
    clone.commit("b", "1\n", "2026-06-27T12:00:00Z")
    sha = clone.commit("c", "1\n", "2026-06-29T12:00:00Z")
    for depth in (1, 2):
        clone(
            "clone",
            "-q",
            "--depth",
            str(depth),
            f"file://{clone.path}",
            str(tmp_path / f"d{depth}"),
        )
    with pytest.raises(GitError, match="complete only after 2026-06-29 12:00 UTC; run 'git fetch"):
        documents(tmp_path / "d1")
    assert [(row.sha, row.file) for row in rows(tmp_path / "d2")] == [(sha, "c")]


def test_a_partial_clone_never_reaches_for_the_network(clone: Clone, tmp_path: Path) -> None:
    clone.commit("a", "1\n", "2026-06-29T12:00:00Z")
    clone("config", "uploadpack.allowFilter", "true")
    part = tmp_path / "part"
    clone("clone", "-q", "--bare", "--filter=blob:none", f"file://{clone.path}", str(part))
    with pytest.raises(GitError, match="clone without --filter"):
        documents(part)


def test_git_that_hangs_is_stopped(clone: Clone) -> None:
    clone.commit("a", "1", "2026-06-29T12:00:00Z")
    with pytest.raises(GitError, match=r"took over 1e-05 s"):
        list(fetch(clone.path, "s", "main", first_day=FIRST, last_day=LAST, timeout=0.00001))


def test_the_registered_api_lands_files_named_by_repository(clone: Clone) -> None:
    clone.commit("a", "1", "2026-06-29T12:00:00Z")
    api = apis.get("git")
    assert api in apis.all_apis()
    assert (api.source, api.settings) == ("git", "repos")
    entry = {"name": "group/shop", "path": str(clone.path), "branch": "main"}
    landed = list(api.fetch(entry, apis.Window(FIRST, LAST), apis.Access()))
    assert [file.day for file in landed] == [FIRST + dt.timedelta(days=n) for n in range(4)]
    assert {file.name for file in landed} == {"group%2Fshop.log"}
    assert b"repo=group/shop day=2026-06-29 lines=2" in landed[1].content
    with pytest.raises(KeyError, match="there are: git, "):
        apis.get("svn")


def test_a_range_is_split_into_windows_without_gap_or_overlap() -> None:
    split = apis.Windows(days_again=3, days_per_call=3).split
    whole = apis.Window(FIRST, FIRST + dt.timedelta(days=6), "Europe/Berlin")
    days = [(w.first_day.day, w.last_day.day, w.reporting_zone) for w in split(whole)]
    assert days == [(28, 30, "Europe/Berlin"), (1, 3, "Europe/Berlin"), (4, 4, "Europe/Berlin")]
    assert list(split(apis.Window(LAST, FIRST))) == []


def test_a_day_ends_with_the_lines_of_every_file_however_long_ago_it_was_touched(
    clone: Clone,
) -> None:
    clone.commit("old.py", "1\n2\n3\n", "2020-01-01T12:00:00Z")
    clone.commit("empty.py", "", "2026-06-28T10:00:00Z")
    clone.commit("logo.png", b"\x00\x01", "2026-06-28T11:00:00Z")
    clone.commit('süß/ñ\t"q".py', "x\nwithout an end", "2026-06-28T12:00:00Z")
    clone("rm", "-q", "old.py")
    clone.commit("new.py", "1\n", "2026-06-30T12:00:00Z")
    ending = [("empty.py", 0), ("logo.png", None), ('süß/ñ\t"q".py', 2)]
    assert sorted(sizes(clone, FIRST, LAST), key=str) == sorted(
        [
            *[(28, file, lines) for file, lines in [*ending, ("old.py", 3)]],
            *[(1, file, lines) for file, lines in [*ending, ("new.py", 1)]],
        ],
        key=str,
    )
    assert sizes(clone, dt.date(2019, 12, 31)) == []


def test_a_day_ends_in_the_reporting_zone_and_on_the_branch_s_own_line(clone: Clone) -> None:
    clone.commit("a.py", "1\n", "2026-06-27T12:00:00Z")
    clone("checkout", "-q", "-b", "side")
    clone.commit("side.py", "1\n", "2026-06-28T12:00:00Z")
    clone("checkout", "-q", "main")
    clone.commit("a.py", "1\n2\n", "2026-06-28T22:30:00Z")
    clone("merge", "-q", "--no-ff", "-m", "merge", "side", at="2026-06-30T01:00:00Z")
    assert sizes(clone, FIRST) == [(28, "a.py", 2)]
    assert sizes(clone, FIRST, zone="Europe/Berlin") == [(28, "a.py", 1)]
    assert sizes(clone, LAST) == [(1, "a.py", 2), (1, "side.py", 1)]


def test_lists_of_files_are_landed_of_sundays_and_of_the_first_day_that_is_loaded(
    clone: Clone,
) -> None:
    clone.commit("a", "1\n", "2026-06-01T12:00:00Z")
    api = apis.get("git")
    entry = {"name": "group/shop", "path": str(clone.path), "branch": "main"}

    def listed(window: apis.Window) -> list[tuple[int, bytes]]:
        landed = api.fetch(entry, window, apis.Access())
        return [
            (file.day.day, bytes(file.content))
            for file in landed
            if file.name == "group%2Fshop.sizes" and isinstance(file.content, bytes)
        ]

    ((day, content),) = listed(apis.Window(FIRST - dt.timedelta(days=2), LAST))
    assert day == 28
    assert content.startswith(b"# gapsight git sizes repo=group/shop day=2026-06-28 sha=")
    assert content.endswith(b" lines=1\n1\t0\ta\n")
    first = apis.Window(dt.date(2026, 6, 24), LAST, with_open=True)
    assert [day for day, _ in listed(first)] == [24, 28]


def test_a_repository_that_names_its_objects_by_sha256_is_measured_too(tmp_path: Path) -> None:
    clone = Clone(tmp_path / "shop")
    shutil.rmtree(clone.path / ".git")
    clone("init", "-q", "-b", "main", "--object-format=sha256")
    clone.commit("a.py", "1\n2\n", "2026-06-27T12:00:00Z")
    assert sizes(clone, FIRST) == [(28, "a.py", 2)]
