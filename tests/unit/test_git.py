"""The landed git log becomes commits."""

import datetime as dt
import io
from typing import Any

import pytest

from ingest.records import Commit, ComponentSize
from ingest.source import Context, FormatError, Item, Reject, Warn
from ingest.sources import git

DAY = dt.date(2026, 6, 30)
SHA, PARENT, OTHER = "a" * 40, "b" * 40, "c" * 40
HEADER = "# gapsight git log repo=shop-web day=2026-06-30"


def commit(
    sha: str = SHA, parents: str = PARENT, at: str = "2026-06-30T11:12:00+02:00", **who: str
) -> str:
    name, mail = who.get("name", "Jo Public"), who.get("mail", "Jo@Example.com")
    return f"\x1e{sha}\x1f{parents}\x1f{at}\x1f{name}\x1f{mail}"


def parse(*lines: str, header: str = HEADER, day: dt.date = DAY, **options: Any) -> list[Item]:
    text = "\n".join((header, *lines, ""))
    context = Context(folder_day=day, hash_key=b"key", options=options)
    return list(git.parse(io.BytesIO(text.encode("utf-8", "surrogateescape")), context))


def commits(*lines: str, **options: Any) -> list[Commit]:
    items = parse(*lines, **options)
    assert all(isinstance(item, Commit) for item in items), items
    return [item for item in items if isinstance(item, Commit)]


def test_one_row_for_each_touched_file() -> None:
    first, second = commits(commit(), "3\t1\tsrc/cart.py", "-\t-\tlogo.png")
    assert first == Commit(
        day=DAY,
        repo="shop-web",
        sha=SHA,
        committed_at=dt.datetime(2026, 6, 30, 9, 12, tzinfo=dt.UTC),
        author_hash=first.author_hash,
        file="src/cart.py",
        lines_added=3,
        lines_removed=1,
    )
    assert (second.file, second.lines_added, second.lines_removed) == ("logo.png", None, None)


def test_a_commit_without_files_keeps_one_row() -> None:
    rows = commits(
        commit(sha=SHA, parents=f"{PARENT} {OTHER}"),
        "",
        commit(sha=PARENT),
        "1\t0\ta",
        "",
        commit(sha=OTHER, parents=""),
    )
    assert [(row.sha, row.file, row.merge) for row in rows] == [
        (SHA, None, True),
        (PARENT, "a", False),
        (OTHER, None, False),
    ]


def test_authors_are_hashes_of_the_lower_case_mail_and_nothing_without_a_key() -> None:
    upper, lower = commits(commit(mail=" JO@example.com"), commit(mail="jo@example.com"))
    assert upper.author_hash == lower.author_hash
    assert upper.author_hash
    text = f"{HEADER}\n{commit()}"
    (bare,) = git.parse(io.BytesIO(text.encode()), Context(folder_day=DAY))
    assert isinstance(bare, Commit)
    assert bare.author_hash is None


@pytest.mark.parametrize(
    ("name", "mail", "is_bot"),
    [
        ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.example.com", True),
        ("Renovate", "x@example.com", True),
        ("CI", "github-actions@example.com", True),
        ("release-bot", "x@example.com", True),
        ("Release Bot", "x@example.com", True),
        ("Build", "build.bot@example.com", True),
        ("Nightly Builder", "nb@example.com", True),
        ("Jo Abbot", "abbot@example.com", False),
        ("Botond Kiss", "botond@example.com", False),
        ("Jo Jenkins", "jenkins@example.com", False),
    ],
)
def test_bots_are_known_by_name_mail_or_setting(name: str, mail: str, is_bot: bool) -> None:
    (row,) = commits(commit(name=name, mail=mail), bots=["nightly builder"])
    assert row.bot is is_bot


def test_one_bot_in_settings_may_stand_without_a_list() -> None:
    person, bot = commits(commit(name="Jo"), commit(name="mirror"), bots="mirror")
    assert (person.bot, bot.bot) == (False, True)


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("src/a b.py", "src/a b.py"),
        (r'"\303\274ber.py"', "über.py"),
        ("über.py", "über.py"),
        (r'"a\tb\\c\"d\n.py"', 'a\tb\\c"d\n.py'),
        (r'"\344.txt"', "\\xe4.txt"),
        ("a\tb", "a\tb"),
        ('"', '"'),
        (r'"\777\q"', "\\xffq"),
        (r'"\8\1.txt"', "81.txt"),
        ("icon@2x.png", "icon@2x.png"),
    ],
)
def test_paths_come_out_of_gits_quotes(written: str, path: str) -> None:
    (row,) = commits(commit(), f"1\t0\t{written}")
    assert row.file == path


def test_a_name_may_hold_the_separators() -> None:
    (row,) = commits(commit(name="Jo\x1fPublic\x1e[bot]"), "1\t0\ta")
    assert (row.sha, row.bot, row.file) == (SHA, True, "a")


def test_a_time_far_from_any_zone_keeps_its_instant() -> None:
    (row,) = commits(commit(at="2026-07-01T01:12:00+14:00"))
    assert row.committed_at == dt.datetime(2026, 6, 30, 11, 12, tzinfo=dt.UTC)
    assert row.day == DAY


@pytest.mark.parametrize(
    "bad",
    [
        "\x1e",
        commit(sha="HEAD"),
        commit(parents="x"),
        commit(at=""),
        commit(at="2023-12-06T12:13:20+518:00"),
        commit(at="0001-01-01T00:00:00+14:00"),
        f"\x1e{SHA}\x1f{PARENT}\x1f2026-06-30T11:12:00Z",
    ],
)
def test_a_bad_commit_is_rejected_with_its_files_and_never_shown(bad: str) -> None:
    rejected, good = parse(bad, "1\t0\tsecret.py", commit(sha=OTHER), "1\t0\ta")
    assert rejected == Reject(position=2, reason=git._BAD_COMMIT)
    assert isinstance(good, Commit)
    assert good.sha == OTHER


def test_other_lines_are_rejected_and_the_rest_is_read() -> None:
    items = parse("warning: x of jo@example.com", commit(), "1\tx\ta", "1\t0\ta")
    first, second, row = items
    assert isinstance(first, Reject)
    assert (first.position, first.excerpt) == (2, "warning: x of <email>")
    assert isinstance(second, Reject)
    assert second.position == 4
    assert isinstance(row, Commit)


def test_a_day_without_commits_is_a_header_alone() -> None:
    assert parse(header=HEADER) == []
    assert parse(header=f"{HEADER} lines=0") == []
    assert parse(header="\ufeff" + HEADER + "\r") == []


def test_a_log_in_the_wrong_folder_keeps_its_own_day_and_warns() -> None:
    warning, row = parse(commit(), day=dt.date(2026, 7, 1))
    assert isinstance(warning, Warn)
    assert "2026-06-30" in warning.reason
    assert row.day == DAY if isinstance(row, Commit) else False


def test_the_announced_number_of_lines_shows_a_cut_off_file() -> None:
    lines = (commit(), "1\t0\ta", "1\t0\tb")
    assert len(parse(*lines, header=f"{HEADER} lines=3")) == 2
    with pytest.raises(FormatError, match="4 lines announced, 3 found"):
        parse(*lines, header=f"{HEADER} lines=4")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\x1e" + b"a" * 40,
        b"commit aaaa\nAuthor: Jo <jo@example.com>\n",
        b"# gapsight git log repo= day=2026-06-30\n",
        b"# gapsight git log repo=shop day=2026-02-30\n",
        b"# gapsight git log repo=shop\n",
        b"<html>",
        b"\xff\xfe#\x00",
        b"x" * 200_000,
        (HEADER + "\n" + "x" * 200_000).encode(),
    ],
)
def test_a_file_without_the_header_is_refused_without_showing_persons(text: bytes) -> None:
    with pytest.raises(FormatError, match="expected") as refused:
        list(git.parse(io.BytesIO(text), Context(folder_day=DAY)))
    assert "jo@example.com" not in str(refused.value)


SIZES = f"# gapsight git sizes repo=shop-web day=2026-06-30 sha={SHA}"


def test_a_list_of_files_says_how_long_each_is_and_of_binary_ones_nothing() -> None:
    rows = parse("12\t0\tsrc/a.py", "-\t-\tlogo.png", "0\t0\tempty", header=f"{SIZES} lines=3")
    assert rows == [
        ComponentSize(day=DAY, repo="shop-web", sha=SHA, file=file, lines=lines)
        for file, lines in (("src/a.py", 12), ("logo.png", None), ("empty", 0))
    ]


def test_a_list_of_files_that_is_cut_off_or_says_something_else_is_no_list() -> None:
    with pytest.raises(FormatError, match="3 lines announced, 2 found"):
        parse("1\t0\ta", "2\t0\tb", header=f"{SIZES} lines=3")
    good, lost, odd = parse("1\t0\ta", "1\t4\tb", "of jo@example.com", header=f"{SIZES} lines=3")
    assert isinstance(good, ComponentSize)
    assert lost == Reject(position=3, reason="no file with its lines", excerpt="1 4 b")
    assert isinstance(odd, Reject)
    assert (odd.position, odd.excerpt) == (4, "of <email>")
    with pytest.raises(FormatError, match="expected '# gapsight git log"):
        parse(header="# gapsight git sizes repo=shop-web day=2026-06-30 lines=0")
