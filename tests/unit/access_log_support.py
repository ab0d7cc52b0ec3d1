"""One request as each tool would log it: what tests of the access log's dialects share."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ingest.sources.access_log import SOURCE
from tests.unit.usage_support import Result, read

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/138.0.0.0 Safari/537.36"
)
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
NOON = dt.datetime(2026, 6, 30, 12, 0, tzinfo=dt.UTC)


class Asked(NamedTuple):
    """A request; method and uri are None where it was none, the agent where the client sent none."""

    method: str | None = "GET"
    uri: str | None = "/cart"
    status: int = 200
    size: int = 512
    agent: str | None = CHROME
    milliseconds: int = 250
    at: dt.datetime = NOON
    client: str = "203.0.113.7"

    @property
    def line(self) -> str:
        return f"{self.method} {self.uri} HTTP/1.1" if self.method else "-"

    @property
    def seconds(self) -> str:
        return f"{self.milliseconds / 1000:.3f}"


def combined(asked: Asked) -> str:
    head = f'{asked.client} - - [{asked.at:%d/%b/%Y:%H:%M:%S %z}] "{asked.line}"'
    return f'{head} {asked.status} {asked.size} "-" "{asked.agent or "-"}" {asked.seconds}'


def alb(asked: Asked, kind: str = "https", target: str = "10.0.0.1:80") -> str:
    url = f"https://shop.example.com:443{asked.uri}"
    line = f"{asked.method} {url} HTTP/2.0" if asked.method else "- http://10.0.1.252:80- "
    times = f"0.001 {asked.milliseconds / 1000 - 0.001:.3f} 0.000"
    target_status = "-" if target == "-" else asked.status
    return (
        f"{kind} {asked.at:%Y-%m-%dT%H:%M:%S}.948827Z app/shop/50dc6c495c0c9188"
        f" {asked.client}:2817 {target} {times} {asked.status} {target_status} 34 {asked.size}"
        f' "{line}" "{asked.agent or "-"}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:tg/73e2'
        ' "Root=1-58337262-36d228ad5d99923122bbe354" "shop.example.com" "-" 0'
        f' 2018-07-02T22:22:48.364000Z "waf,forward" "-" "-" "{target}" "{target_status}" "-" "-"'
    )


def cloudfront(asked: Asked) -> str:
    stem, _, query = (asked.uri or "-").partition("?")
    agent = (asked.agent or "-").replace(" ", "%2520")
    values = (
        f"{asked.at:%Y-%m-%d}", f"{asked.at:%H:%M:%S}", "FRA56-P1", asked.size, asked.client,
        asked.method or "-", "d111111abcdef8.cloudfront.net", stem, asked.status, "-", agent,
        query or "-", "-", "Hit", "SOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==",
        "shop.example.com", "https", 23, asked.seconds, "-", "TLSv1.2", "ECDHE", "Hit", "HTTP/2.0",
        "-", "-", 11040, "0.001", "Hit", "text/html", 78, "-", "-",
    )  # fmt: skip
    return "\t".join(map(str, values))


IIS_HEADER = (
    "#Software: Microsoft Internet Information Services 10.0",
    "#Version: 1.0",
    "#Date: 2026-06-30 12:00:00",
    (
        "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip"
        " cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status sc-bytes cs-bytes"
        " time-taken"
    ),
)


def iis(asked: Asked, user: str = "-") -> str:
    stem, _, query = (asked.uri or "-").partition("?")
    agent = (asked.agent or "-").replace(" ", "+")
    return (
        f"{asked.at:%Y-%m-%d %H:%M:%S} 10.0.0.1 {asked.method or '-'} {stem} {query or '-'} 443"
        f" {user} {asked.client} {agent} - {asked.status} 0 0 {asked.size} 245 {asked.milliseconds}"
    )


def nginx_json(asked: Asked, **more: Any) -> str:
    return as_json(
        {
            "time_iso8601": asked.at.isoformat(),
            "remote_addr": asked.client,
            "remote_user": "",
            "request": asked.line if asked.method else "",
            "status": str(asked.status),
            "body_bytes_sent": str(asked.size),
            "request_time": asked.seconds,
            "http_user_agent": asked.agent or "",
        }
        | more
    )


def kong(asked: Asked, **more: Any) -> str:
    headers = {"host": "shop.example.com", "x-forwarded-for": asked.client}
    return as_json(
        {
            "response": {"status": asked.status, "size": asked.size, "headers": {"via": "kong"}},
            "request": {
                "method": asked.method,
                "uri": asked.uri,
                "url": f"http://shop.example.com:8000{asked.uri}",
                "size": "75",
                "querystring": {},
                "headers": headers | ({"user-agent": asked.agent} if asked.agent else {}),
            },
            "latencies": {"request": asked.milliseconds, "kong": 1, "proxy": -1},
            "started_at": int(asked.at.timestamp() * 1000) + 17,
            "client_ip": asked.client,
            "route": {"id": "r-1", "paths": ["/"]},
            "tries": [{"ip": "10.0.0.1", "port": 80}],
        }
        | more
    )


def envoy(asked: Asked, **more: Any) -> str:
    return as_json(
        {
            ":authority": "shop.example.com",
            "bytes_received": 0,
            "bytes_sent": asked.size,
            "downstream_remote_address": f"{asked.client}:40000",
            "duration": asked.milliseconds,
            "method": asked.method,
            "protocol": "HTTP/1.1",
            "response_code": asked.status,
            "response_flags": "-",
            "start_time": f"{asked.at:%Y-%m-%dT%H:%M:%S}.100Z",
            "upstream_cluster": "httproute/shop/web/rule/0",
            "user-agent": asked.agent,
            "x-envoy-origin-path": asked.uri,
        }
        | more
    )


def caddy(asked: Asked, **more: Any) -> str:
    return as_json(
        {
            "level": "info",
            "ts": asked.at.timestamp() + 0.9626286,
            "logger": "http.log.access.log0",
            "msg": "handled request",
            "request": {
                "remote_ip": asked.client,
                "proto": "HTTP/2.0",
                "method": asked.method or "",
                "host": "shop.example.com",
                "uri": asked.uri or "",
                "headers": {"Accept": ["*/*"]}
                | ({"User-Agent": [asked.agent]} if asked.agent else {}),
            },
            "bytes_read": 0,
            "user_id": "",
            "duration": asked.milliseconds / 1000,
            "size": asked.size,
            "status": asked.status,
        }
        | more
    )


def traefik(asked: Asked, **more: Any) -> str:
    return as_json(
        {
            "ClientHost": asked.client,
            "ClientUsername": "-",
            "DownstreamContentSize": asked.size,
            "DownstreamStatus": asked.status,
            "Duration": asked.milliseconds * 10**6,
            "OriginStatus": 0,
            "RequestMethod": asked.method or "",
            "RequestPath": asked.uri or "",
            "StartUTC": f"{asked.at:%Y-%m-%dT%H:%M:%S}.189830187Z",
            "level": "info",
            "msg": "",
            "request_User-Agent": asked.agent or "",
            "time": f"{asked.at:%Y-%m-%dT%H:%M:%S}Z",
        }
        | more
    )


def as_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


Writer = Callable[[Asked], str]
JSON: dict[str, Writer] = {
    "nginx_json": nginx_json,
    "kong": kong,
    "envoy": envoy,
    "caddy": caddy,
    "traefik_json": traefik,
}
WRITERS: dict[str, Writer] = {"alb": alb, "cloudfront": cloudfront, "w3c": iis, **JSON}
HEADERS = {
    "cloudfront": (
        "#Version: 1.0",
        (
            "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status"
            " cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id"
            " x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher"
            " x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port"
            " time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len"
            " sc-range-start sc-range-end"
        ),
    ),
    "w3c": IIS_HEADER,
}


def parsed(
    folder: Path, *lines: str | bytes, log_format: str | None = "auto", **other: Any
) -> Result:
    """A log of these lines through the parser; its accounting closes, by an independent count."""
    raw = [text if isinstance(text, bytes) else text.encode("utf-8") for text in lines]
    path = folder / "a.log"
    path.write_bytes(b"".join(text + b"\n" for text in raw))
    files = {"match": "*", **other.pop("files", {})}
    if log_format:
        files["log_format"] = log_format
    context = {name: other.pop(name) for name in ("reporting_zone", "source_zone") if name in other}
    result = read(SOURCE, path, options={"files": [files], **other}, **context)
    result.check_accounting()
    assert result.tally["read"] == path.read_bytes().count(b"\n")
    return result
