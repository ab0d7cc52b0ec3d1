"""What `gapsight doctor` asks each vendor: the cheapest that the documented credentials may ask."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from ingest import apis
from tests.unit.doctor_support import Examined, quiet_workspace
from tests.unit.vendor_server import Asked, Reply, Vendor, reply

TODAY = "2026-07-01"
TOKEN = "t0ken-value"
SECOND = "sec0nd-value"


class Case(NamedTuple):
    api: str
    options: str
    path: str
    header: tuple[str, str] | None = None
    """Name and value that carry the credential; None: the door is knocked at without it."""
    advice: str = ""
    base: str = ""


GITHUB = 'repo = "acme/shop-web"\ntoken_env = "TOKEN"'
BEARER = ("authorization", f"Bearer {TOKEN}")
CASES = {
    "pagerduty": Case(
        "pagerduty",
        'token_env = "TOKEN"',
        "/abilities",
        ("authorization", f"Token token={TOKEN}"),
        "check the REST API key in TOKEN",
    ),
    "statuspage": Case(
        "statuspage",
        'page_id = "k/1"\ntoken_env = "TOKEN"',
        "/v1/pages/k%2F1",
        ("authorization", f"OAuth {TOKEN}"),
        "check the key in TOKEN and page_id",
    ),
    "public statuspage": Case("statuspage", "", "/api/v2/status.json"),
    "opsgenie": Case(
        "opsgenie",
        'token_env = "TOKEN"',
        "/v1/incidents",
        ("authorization", f"GenieKey {TOKEN}"),
        "check the key in TOKEN",
    ),
    "sentry": Case(
        "sentry",
        'organization = "acme"\ntoken_env = "TOKEN"',
        "/api/0/organizations/acme/issues/",
        BEARER,
        "check the token in TOKEN: it needs the scope event:read",
    ),
    "datadog": Case(
        "datadog",
        'api_key_env = "TOKEN"\napplication_key_env = "SECOND"',
        "/api/v1/validate",
        ("dd-api-key", TOKEN),
        "check the keys in TOKEN and SECOND",
    ),
    "github deployments": Case(
        "github_deployments",
        GITHUB,
        "/rate_limit",
        BEARER,
        "the token in TOKEN needs the repository permission Deployments: read",
    ),
    "github actions": Case(
        "github_actions",
        GITHUB,
        "/rate_limit",
        BEARER,
        "the token in TOKEN needs the repository permission Actions: read",
    ),
    # Its administrator sets limits; where there are none, /rate_limit is 404.
    "github enterprise server": Case(
        "github_actions",
        GITHUB,
        "/api/v3/meta",
        BEARER,
        "the token in TOKEN needs the repository permission Actions: read",
        base="/api/v3",
    ),
    "linear": Case("linear", 'token_env = "TOKEN"', "/"),
    "newrelic": Case("newrelic", 'account_id = 42\napi_key_env = "TOKEN"', "/"),
}
each = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@pytest.fixture
def asked_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[Case, Callable[[Asked], Reply]], tuple[Examined, Asked]]:
    """What doctor says of one entry, and the only request that it sent."""
    monkeypatch.setenv("TOKEN", TOKEN)
    monkeypatch.setenv("SECOND", SECOND)

    def run(case: Case, answer: Callable[[Asked], Reply]) -> tuple[Examined, Asked]:
        with Vendor(answer) as vendor:
            address = f'name = "shop"\nbase_url = "{vendor.url}{case.base}"'
            entry = f"\n[[fetch.{case.api}]]\n{address}\n{case.options}\n"
            found = Examined(quiet_workspace(tmp_path / "shop", monkeypatch, entry), capsys, TODAY)
        assert TOKEN not in found.printed
        assert SECOND not in found.printed
        [asked] = vendor.asked
        return found, asked

    return run


@each
def test_the_right_credential_is_taken_and_one_cheap_question_is_all(asked_of, case: Case) -> None:
    def answer(asked: Asked) -> Reply:
        is_right = not case.header or asked.headers.get(case.header[0]) == case.header[1]
        return reply({}) if is_right else reply("who is that?", "401 Unauthorized")

    found, asked = asked_of(case, answer)
    [state] = found.said["interfaces"]
    assert (state["reachable"], state["state"], state["problem"]) == (True, "ok", "")
    assert (asked.method, asked.path) == ("GET" if case.header else "HEAD", case.path)
    if not case.header:
        assert TOKEN not in str(asked.headers)


@each
def test_a_refused_credential_is_told_with_advice_and_never_shown(asked_of, case: Case) -> None:
    def answer(asked: Asked) -> Reply:
        sent = [key for key in (TOKEN, SECOND) if key in str(asked.headers)]
        return reply(f"key {' or '.join(sent)} is not known", "401 Unauthorized")

    found, _ = asked_of(case, answer)
    [state] = found.said["interfaces"]
    findings = [what for _, what in found.findings if what.startswith("fetch.")]
    if not case.header:
        assert (state["reachable"], state["state"], findings) == (True, "ok", [])
        return
    assert (state["reachable"], state["state"]) == (True, "refused")
    [what] = findings
    assert "answered 401: key <secret> " in what
    assert case.advice in what


@pytest.mark.parametrize(
    ("api", "entry", "url"),
    [
        ("linear", {"token_env": "T"}, "https://api.linear.app"),
        (
            "newrelic",
            {"account_id": 42, "api_key_env": "T", "region": "eu"},
            "https://api.eu.newrelic.com",
        ),
        (
            "datadog",
            {
                "api_key_env": "T",
                "api_key": "a",
                "application_key_env": "U",
                "application_key": "b",
                "site": "datadoghq.eu",
            },
            "https://api.datadoghq.eu/api/v1/validate",
        ),
        ("pagerduty", {"token_env": "T", "token": "a"}, "https://api.pagerduty.com/abilities"),
    ],
)
def test_without_base_url_the_vendors_own_address_is_asked(api, entry, url) -> None:
    probe = apis.get(api).probe
    assert probe is not None
    assert probe({"name": "shop", **entry}).url == url


def test_every_interface_over_http_has_a_question() -> None:
    """Repositories are cloned, and a database speaks no HTTP."""
    without = {api.name for api in apis.all_apis() if api.probe is None}
    assert without == {"git", "database"}
