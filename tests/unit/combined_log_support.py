"""Lines of nginx and Apache, and a log of them through the parser: what tests of these formats share."""

from pathlib import Path
from typing import Any

from ingest.sources.access_log import SOURCE
from tests.unit.access_log_support import CHROME
from tests.unit.usage_support import Result, read


def line(request: str = "GET /cart HTTP/1.1", **other: str) -> str:
    """One line of combined with request time."""
    value = {
        "client": "203.0.113.7",
        "ident": "-",
        "user": "-",
        "stamp": "30/Jun/2026:12:00:00 +0200",
        "status": "200",
        "size": "512",
        "referer": "-",
        "agent": CHROME,
        "seconds": "0.250",
    } | other
    head = f"{value['client']} {value['ident']} {value['user']} [{value['stamp']}]"
    tail = f'{value["status"]} {value["size"]} "{value["referer"]}" "{value["agent"]}"'
    return f'{head} "{request}" {tail} {value["seconds"]}'


def log(path: Path, *lines: str | bytes, end: bytes = b"\n") -> Path:
    """A log of these lines."""
    raw = [text if isinstance(text, bytes) else text.encode("latin-1") for text in lines]
    path.write_bytes(b"".join(text + end for text in raw))
    return path


def options(log_format: str = "combined_time", **other: Any) -> dict[str, Any]:
    """A context for the parser: every log is the shop's, in this format."""
    files = [{"match": "*", "service": "shop-web", "log_format": log_format}]
    return {"options": {"files": files, **other}, "reporting_zone": "Europe/Berlin"}


def parsed(tmp_path: Path, *lines: str | bytes, **other: Any) -> Result:
    """A log of these lines through the parser; its accounting closes."""
    result = read(SOURCE, log(tmp_path / "a.log", *lines), **{**options(), **other})
    result.check_accounting()
    return result


FORMATS = {
    "combined_time": line(),
    "combined": line().rsplit(" ", 1)[0],
    "vhost_combined": "shop.example.com:443 " + line().rsplit(" ", 1)[0],
    "common": line().split(' "-"')[0],
    "combined_extra": line().rsplit(" ", 1)[0] + ' "-" 116075 "203.0.113.9, 10.0.0.1"',
    "vhost_combined_extra": "shop.example.com:443 " + line() + " 12 0.1",
}
INGRESS = (
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] '
    "$upstream_addr $upstream_response_time $req_id"
)
PREFIXED = (
    '$remote_addr [$time_local] "$request" $status $bytes_sent rt=$request_time "$http_user_agent"'
)
PIPES = (
    "$time_iso8601 | $remote_addr | $request | $status | $body_bytes_sent | $request_time"
    " | $http_user_agent"
)
APART = (
    "$msec $host $request_method $request_uri $status $body_bytes_sent ${request_time}"
    ' "$http_user_agent"'
)
REST = " 412 0.250 [shop-80] 10.0.0.7:80 0.249 5f2c1a9b"
RETRIED = " 412 0.250 [] 10.0.0.7:80, 10.0.0.8:80 0.1, 0.2 5f2c"
REQUEST = '"GET /cart HTTP/2.0" 200 512'
EXAMPLES = (
    (INGRESS, FORMATS["combined"] + REST),
    (INGRESS, FORMATS["combined"] + RETRIED),
    (f"log_format x '{INGRESS[:60]}'\n  '{INGRESS[60:]}';", FORMATS["combined"] + REST),
    (PREFIXED, f'203.0.113.7 [30/Jun/2026:12:00:00 +0200] {REQUEST} rt=0.250 "{CHROME}"'),
    (
        PIPES,
        f"2026-06-30T12:00:00+02:00 | ::1 | GET /cart HTTP/1.1 | 200 | 512 | 0.250 | {CHROME}",
    ),
    (APART, f'1782813600.123 shop GET /cart?a=b 200 512 0.250 "{CHROME}"'),
)
