"""GitHub Actions that refuses, breaks off or answers nonsense: right data or an error, and nothing half."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ingest import apis
from ingest.apis import Access, ApiError, Window
from ingest.records import CiRun
from tests.unit.github_support import (
    BUNDLE,
    CI,
    DAY,
    JUNIT,
    FakeGitHub,
    Inbox,
    account,
    fetch,
    one_run,
    rows,
    run_again,
    zip_of,
)
from tests.unit.vendor_server import Vendor, reply


def refused(answer: Any) -> str:
    with Vendor(answer) as vendor:
        access = Access(sleep=lambda _: None)
        coming = apis.get("github_actions").fetch(account(vendor.url), Window(DAY, DAY), access)
        with pytest.raises(ApiError) as error:
            list(coming)
    assert "t0ken" not in str(error.value)
    return str(error.value)


def test_a_bundle_that_cannot_be_opened_is_fetched_anew() -> None:
    github = one_run()
    inbox = fetch(github).inbox
    whole, inbox[BUNDLE] = inbox[BUNDLE], inbox[BUNDLE][:-40]
    assert fetch(github, inbox).new == [BUNDLE]
    assert inbox[BUNDLE] == whole


def test_a_bundle_with_a_damaged_report_is_named() -> None:
    github = one_run()
    inbox = fetch(github).inbox
    with zipfile.ZipFile(io.BytesIO(inbox[BUNDLE])) as archive:
        info = archive.infolist()[1]
    broken = bytearray(inbox[BUNDLE])
    broken[info.header_offset + 30 + len(info.filename) + 5] ^= 0xFF
    inbox[BUNDLE] = bytes(broken)
    with pytest.raises(ApiError, match=r"shop-web-1-1\.zip in the inbox is damaged .* remove it"):
        fetch(github, inbox, workflows=[CI])


def test_a_repository_that_cannot_be_seen_says_which_right_the_token_needs() -> None:
    message = refused(lambda _: reply({"message": "Not Found"}, "404 Not Found"))
    assert "there is no repository acme/web, or it may not be seen" in message
    assert "the token in GITHUB_TOKEN needs the repository permission Actions: read" in message


def test_a_budget_that_is_spent_between_two_runs_keeps_what_came() -> None:
    github = one_run()
    github.run(2)
    github.artifact(2, "report", zip_of(junit_xml=JUNIT))
    spent = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "1782817200",
             "Date": "Tue, 30 Jun 2026 10:00:00 GMT"}  # fmt: skip
    refusal = reply({"message": "API rate limit exceeded"}, "403 Forbidden", **spent)
    github.instead = lambda asked: refusal if "runs/2/" in asked.path else None
    inbox = Inbox()
    with pytest.raises(ApiError, match=r"come again in 3,601 s, at \d{4}-\d\d-\d\d \d\d:\d\d UTC"):
        fetch(github, inbox)
    assert list(inbox) == [BUNDLE]
    github.instead = None
    assert fetch(github, inbox).new == ["06-02/shop-web-2-1.zip"]


def test_a_download_that_breaks_off_leaves_nothing_of_its_run() -> None:
    github = one_run()
    content = zip_of(junit_xml=JUNIT)
    late = github.artifact(1, "e2e-report", content)
    github.files[late["id"]] = reply(content[:50], Content_Length=str(len(content)))
    inbox = Inbox()
    with pytest.raises(ApiError, match="broke off"):
        fetch(github, inbox)
    assert not inbox


def test_a_download_that_is_not_what_was_uploaded_is_refused() -> None:
    github = one_run()
    late = github.artifact(1, "e2e-report", zip_of(junit_xml=JUNIT))
    github.files[late["id"]] = reply(zip_of(other_xml=JUNIT))  # whole, and not it
    inbox = Inbox()
    with pytest.raises(ApiError, match="'e2e-report' came other than GitHub says"):
        fetch(github, inbox)
    assert not inbox


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply({"message": "Bad credentials"}, "401 Unauthorized"), "single sign-on"),
        (reply({"message": "Resource not accessible"}, "403 Forbidden"), "Actions: read"),
        (reply({"total_count": 1}), "not what was expected"),
        (reply({"total_count": 1, "workflow_runs": [{"id": "x"}]}), "not what was expected"),
        (reply(b'{"total_count": 1, "workfl', Content_Type="application/json"), "not what was"),
        (reply(b"<html>Sign in</html>", Content_Type="text/html"), "Sign in"),
        (reply(b"", "502 Bad Gateway"), "answered 502"),
    ],
)
def test_an_answer_that_is_none_leaves_nothing(answer: bytes, words: str) -> None:
    assert words in refused(lambda _: answer)


def test_a_run_with_a_branch_or_job_of_any_name_gives_a_manifest_that_is_read(
    tmp_path: Path,
) -> None:
    github = one_run(head_branch="ünï/\u202e" + "x" * 600, head_sha="HEAD", name=None)
    github.job(1, "<b>" + "y" * 900)
    github.job(1, "")
    found = fetch(github)
    [run] = [row for row in rows(found.inbox, BUNDLE, tmp_path) if isinstance(row, CiRun)]
    assert run.sha is None
    assert run.pipeline == ".github/workflows/ci.yml"


WRONG = (None, -1, 1e300, "", "2026-06-02T08:00:00", [1], {"a": 1}, "\x00")


def test_any_wrong_type_in_any_field_gives_bundles_or_an_error_that_says_so(tmp_path: Path) -> None:
    def whole() -> FakeGitHub:
        github = one_run(conclusion="failure", pull_requests=[{"number": 1}])
        run_again(github)
        github.job(1, "unit", attempt=2)
        return github

    tried = 0
    for place in ("runs", "jobs", "artifacts"):
        held = getattr(whole(), place)[(1, 1) if place == "jobs" else 1]
        for name in held if isinstance(held, dict) else held[0]:
            for value in WRONG:
                github = whole()
                record = getattr(github, place)[(1, 1) if place == "jobs" else 1]
                (record if isinstance(record, dict) else record[0])[name] = value
                tried += 1
                try:
                    found = fetch(github, workflows=[{"expected_suites": ["unit"]}])
                except ApiError:
                    continue
                for bundle in found.new:
                    assert rows(found.inbox, bundle, tmp_path)
    assert tried > 200
