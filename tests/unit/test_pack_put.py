"""`gapsight pack --to URL`: one PUT to a real server on loopback, whole or clearly not."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.apis import Access, ApiError
from ingest.http import Http
from ingest.http_answers import is_private
from tests.unit.pack_support import KNOWN, Job
from tests.unit.vendor_server import Asked, Reply, Vendor, in_turn, reply

SIGNATURE = "fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024"
SIGNED = (
    "/bucket/web/7.zip?X-Amz-Algorithm=AWS4-HMAC-SHA256"
    "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260630%2Fus-east-1%2Fs3%2Faws4_request"
    f"&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature={SIGNATURE}"
)
OK = reply(b"", ETag='"9b2cf535f27731c974343645a3985328"', Content_Type="")
EXPIRED = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Request has'
    " expired</Message><X-Amz-Expires>900</X-Amz-Expires><Expires>2026-06-30T09:27:00Z</Expires>"
    "<RequestId>4442587FB7D0A2F9</RequestId><HostId>hostid-of-the-store</HostId></Error>"
)
MISMATCH = (
    "<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not"
    f" match the signature you provided.</Message><SignatureProvided>{SIGNATURE}</SignatureProvided>"
    "<StringToSign>AWS4-HMAC-SHA256 20260630T091200Z 20260630/us-east-1/s3/aws4_request</StringToSign>"
    "</Error>"
)
AZURE = (
    "\ufeff<?xml version='1.0'?><Error><Code>AuthenticationFailed</Code><Message>Server failed to"
    " authenticate the request.</Message><AuthenticationErrorDetail>Signature did not match. String to"
    " sign used was w 2026-06-30 /blob/acct</AuthenticationErrorDetail></Error>"
)
XML = {"Content_Type": "application/xml"}


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    job = Job(tmp_path / "job", monkeypatch)
    job.write("junit.xml")
    return job


def sent(job: Job, answer: Callable[[Asked], Reply], *words: str) -> tuple[int, list[Asked]]:
    with Vendor(answer) as store:
        return job.pack(*KNOWN, *words, to=store.url + SIGNED), store.asked


def test_a_bundle_is_put_whole_with_its_length_and_type(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    code, [put] = sent(job, lambda _: OK)
    assert (code, put.method, put.path) == (0, "PUT", "/bucket/web/7.zip")
    assert put.query["X-Amz-Signature"] == SIGNATURE
    assert (
        put.query["X-Amz-Credential"] == "AKIAIOSFODNN7EXAMPLE/20260630/us-east-1/s3/aws4_request"
    )
    assert put.headers["content-type"] == "application/zip"
    assert put.headers["content-length"] == str(len(put.body))
    assert "transfer-encoding" not in put.headers
    assert "authorization" not in put.headers
    with zipfile.ZipFile(io.BytesIO(put.body)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["manifest.json", "junit.xml"]
    out, err = capsys.readouterr()
    assert "sent       http://127.0.0.1:" in out
    assert "/bucket/web/7.zip (1 report," in out
    assert SIGNATURE not in out + err
    assert "AKIA" not in out + err


def test_headers_are_sent_and_no_header_is_printed(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--header", "x-ms-blob-type: BlockBlob", "--header", "x-api-key:k3y-of-the-store")
    code, [put] = sent(job, lambda _: reply(b"", "201 Created"), *words)
    assert code == 0
    assert put.headers["x-ms-blob-type"] == "BlockBlob"
    assert put.headers["x-api-key"] == "k3y-of-the-store"
    said = "no: k3y-of-the-store is not known"
    code, _ = sent(job, lambda _: reply(said, "403 Forbidden"), *words)
    assert code == 2
    assert "k3y-of" not in "".join(capsys.readouterr())


def test_a_url_in_a_variable_stands_in_no_command_line(
    job: Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from gapsight.cli.main import main

    with Vendor(lambda _: OK) as store:
        monkeypatch.setenv("UPLOAD_URL", f" {store.url}{SIGNED}\n")
        assert main(["pack", "--results", "*.xml", "--to-env", "UPLOAD_URL", *KNOWN]) == 0
    assert [put.method for put in store.asked] == ["PUT"]
    assert SIGNATURE not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    "status", ["503 Slow Down", "429 Too Many Requests", "500 Internal Server Error"]
)
def test_what_may_go_better_next_time_is_tried_again_from_the_first_byte(
    job: Job, status: str
) -> None:
    busy = reply("<Error><Code>SlowDown</Code></Error>", status, Retry_After="0")
    code, puts = sent(job, in_turn(busy, busy, OK))
    assert code == 0
    assert len(puts) == 3
    assert len({put.body for put in puts}) == 1
    assert all(len(put.body) == int(put.headers["content-length"]) for put in puts)


def test_a_connection_that_breaks_is_tried_again(job: Job) -> None:
    code, puts = sent(job, in_turn(b"", OK))
    assert (code, len(puts)) == (0, 2)
    assert puts[0].body == puts[1].body


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (
            "403 Forbidden",
            EXPIRED,
            "answered 403: AccessDenied: Request has expired; check the address",
        ),
        ("403 Forbidden", MISMATCH, "answered 403: SignatureDoesNotMatch: The request signature"),
        ("403 Forbidden", AZURE, "answered 403: AuthenticationFailed: Server failed"),
        (
            "404 Not Found",
            "<Error><Code>NoSuchBucket</Code><Message>gone</Message></Error>",
            "NoSuchBucket",
        ),
        ("400 Bad Request", f"you sent {SIGNATURE}", "answered 400: you sent <secret>"),
        ("413 Payload Too Large", "", "answered 413"),
        ("304 Not Modified", "", "answered 304"),
    ],
)
def test_anything_but_2xx_is_not_delivered_and_the_signature_is_never_repeated(
    job: Job, status: str, body: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, puts = sent(job, lambda _: reply(body, status, **XML))
    assert (code, len(puts)) == (2, 1)
    out, err = capsys.readouterr()
    assert "the bundle was not delivered" in err
    assert words in err
    for secret in (
        SIGNATURE,
        "AKIA",
        "X-Amz",
        "aws4_request",
        "StringToSign",
        "HostId",
        "hostid-of",
    ):
        assert secret not in out + err, secret
    assert "Traceback" not in err
    assert "sent " not in out


def test_a_redirect_that_asks_for_the_same_again_is_followed_with_the_whole_body(
    job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    with Vendor(lambda _: OK) as there:
        moved = reply(
            b"", "307 Temporary Redirect", Location=f"{there.url}/eu/7.zip?sig={SIGNATURE}"
        )
        code, [first] = sent(
            job, lambda _: moved, "--header", "Authorization: Bearer t0ken-of-here"
        )
    [put] = there.asked
    assert (code, put.method, put.path, put.query) == (0, "PUT", "/eu/7.zip", {"sig": SIGNATURE})
    assert put.body == first.body
    assert put.headers["content-type"] == "application/zip"
    assert first.headers["authorization"] == "Bearer t0ken-of-here"
    assert "authorization" not in put.headers, "another host is not told"
    assert SIGNATURE not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("status", "location", "words"),
    [
        ("303 See Other", "/login?back=s3cr3tvalue", "stores nothing, it redirects to"),
        ("301 Moved Permanently", "/other", "stores nothing, it redirects to"),
        ("307 Temporary Redirect", "http://store.example.com/k?s=s3cr3tvalue", "which is not safe"),
        ("308 Permanent Redirect", "ftp://store.example.com/k", "which is not safe"),
        ("307 Temporary Redirect", "/bucket/again", "redirects in a loop"),
    ],
)
def test_any_other_redirect_is_not_delivered(
    job: Job, status: str, location: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, puts = sent(job, lambda _: reply(b"", status, Location=location))
    assert code == 2
    assert {put.method for put in puts} == {"PUT"}
    err = capsys.readouterr().err
    assert words in err
    assert "s3cr3tvalue" not in err


def test_a_dry_run_asks_nobody(job: Job) -> None:
    code, puts = sent(job, lambda _: OK, "--dry-run")
    assert (code, puts) == (0, [])


def test_nobody_at_the_address_is_not_delivered_after_five_attempts() -> None:
    waits: list[float] = []
    with Vendor(lambda _: OK) as store:
        address = store.url
    http = Http(address, Access(sleep=waits.append))
    with pytest.raises(ApiError, match=r"no connection .*given up after 5 attempts"):
        http.put(f"/k?sig={SIGNATURE}", io.BytesIO(b"zip"), kind="application/zip")
    assert len(waits) == 4
    assert max(waits) <= 24


def test_a_store_that_stays_busy_is_given_up_without_its_signature() -> None:
    waits: list[float] = []
    busy = reply(
        "<Error><Code>SlowDown</Code><Message>Reduce</Message></Error>", "503 Slow Down", **XML
    )
    with Vendor(lambda _: busy) as store:
        http = Http(store.url, Access(sleep=waits.append))
        with pytest.raises(ApiError) as error:
            http.put(SIGNED, io.BytesIO(b"zip"), kind="application/zip")
    assert "answered 503: SlowDown: Reduce (given up after 5 attempts)" in str(error.value)
    assert SIGNATURE not in str(error.value)
    assert [put.body for put in store.asked] == [b"zip"] * 5


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://store.example.com/k", True),
        ("http://localhost:9000/k", True),
        ("http://127.0.0.9/k", True),
        ("http://[::1]:9000/k", True),
        ("http://store.example.com/k", False),
        ("http://127.0.0.1.example.com/k", False),
        ("http://localhost.example.com/k", False),
        ("http://10.0.0.1/k", False),
        ("ftp://localhost/k", False),
    ],
)
def test_only_https_and_this_machine_are_private(url: str, expected: bool) -> None:
    assert is_private(url) is expected
