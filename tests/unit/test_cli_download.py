"""`--marts URL`: published marts from a real server on loopback, whole or not at all."""

import socket
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from gapsight.cli.main import main
from tests.unit.cli_support import make_marts

SECRET = "X-Amz-Signature=0123abcd"


def test_published_marts_are_read_from_a_url(
    tmp_path: Path, httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    content = make_marts(tmp_path / "marts.duckdb").read_bytes()
    httpserver.expect_request("/shop/marts.duckdb").respond_with_data(content)
    url = httpserver.url_for(f"/shop/marts.duckdb?{SECRET}")
    assert main(["gaps", "--marts", url]) == 0
    assert "checkout" in capsys.readouterr().out


def cut_off(_: Request) -> Response:
    """An answer that ends before it is whole."""
    return Response(iter([b"DUCK"]), headers={"Content-Length": "1000"})


def test_what_cannot_be_had_whole_is_one_message_without_the_url_s_secret(
    httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    httpserver.expect_request("/expired").respond_with_data("AccessDenied", 403)
    httpserver.expect_request("/cut").respond_with_handler(cut_off)
    httpserver.expect_request("/other").respond_with_data("<html>hello</html>")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    for url, words in (
        (httpserver.url_for("/expired"), "403 FORBIDDEN"),
        (httpserver.url_for("/cut"), "cannot be downloaded"),
        (httpserver.url_for("/other"), "/other cannot be opened"),
        (f"http://127.0.0.1:{port}/marts.duckdb", "cannot be downloaded"),
        ("s3://bucket/marts.duckdb", "presigned"),
        ("file:///etc/passwd", "http(s) URL"),
    ):
        assert main(["gaps", "--marts", f"{url}?{SECRET}"]) == 3
        said = capsys.readouterr().err
        assert words in said
        assert SECRET not in said
        assert "Traceback" not in said
