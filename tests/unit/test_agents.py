"""User agents say platform, browser, device, version, and whether a person sent them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.usage.agents import BOT, Agent, browser_name, classify

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
PHONE = "Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko)"
TABLET = "Mozilla/5.0 (Linux; Android 13; SM-X200) AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15"
IPAD = "Mozilla/5.0 (iPad; CPU OS 16_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "browser", "device"),
    [
        (f"{WINDOWS} Chrome/138.0.0.0 Safari/537.36", "chrome", "desktop"),
        (f"{WINDOWS} Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0", "edge", "desktop"),
        (f"{MAC} Version/18.4 Safari/605.1.15", "safari", "desktop"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0",
            "firefox",
            "desktop",
        ),
        ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)", "ie", "desktop"),
        ("Opera/9.80 (Windows NT 6.1) Presto/2.12 Version/12.16", "opera", "desktop"),
        (
            f"{IPHONE} (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1",
            "safari",
            "mobile",
        ),
        (f"{IPHONE} (KHTML, like Gecko) CriOS/96.0 Mobile/15E148 Safari/604.1", "chrome", "mobile"),
        (
            f"{IPHONE} (KHTML, like Gecko) FxiOS/96.0 Mobile/15E148 Safari/604.1",
            "firefox",
            "mobile",
        ),
        (f"{IPAD} Version/16.1 Mobile/15E148 Safari/604.1", "safari", "tablet"),
        (f"{PHONE} Chrome/115.0.0.0 Mobile Safari/537.36", "chrome", "mobile"),
        (
            f"{PHONE} SamsungBrowser/23.0 Chrome/115.0 Mobile Safari/537.36",
            "samsung_internet",
            "mobile",
        ),
        (f"{TABLET} Chrome/115.0.0.0 Safari/537.36", "chrome", "tablet"),
        (
            f"{PHONE.replace('SM-S911B', 'CUBOT X19')} Chrome/74.0 Mobile Safari/537.36",
            "chrome",
            "mobile",
        ),
        ("Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) Chrome/76.0 TV Safari/537.36", None, "tv"),
        ("Mozilla/5.0", "other", "desktop"),
    ],
)
def test_browsers_are_the_web_on_any_device(agent: str, browser: str | None, device: str) -> None:
    found = classify(agent)
    assert (found.platform, found.device, found.actor) == ("web", device, "user")
    assert browser is None or found.browser == browser
    assert found.version is None


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("ShopApp/5.2 (iOS 17.1; iPhone14,2)", Agent("ios", None, "mobile", "5.2")),
        ("ShopApp/26.26 (iPadOS 18.5; iPad16,3)", Agent("tablet", None, "tablet", "26.26")),
        ("ShopApp/26.26 (Linux; Android 15; Pixel 9)", Agent("android", None, "mobile", "26.26")),
        (
            "Shop App/5.3.1 (Android 14; Pixel 8) okhttp/4.9",
            Agent("android", None, "mobile", "5.3.1"),
        ),
        ("ShopApp/12 CFNetwork/1474 Darwin/23.0.0", Agent("ios", None, "mobile", "12")),
        (
            "Dalvik/2.1.0 (Linux; U; Android 13; Pixel 7 Build/TP1A)",
            Agent("android", None, "mobile"),
        ),
    ],
)
def test_apps_carry_their_version(agent: str, expected: Agent) -> None:
    assert classify(agent) == expected


@pytest.mark.parametrize(
    "agent",
    [
        "curl/8.5.0",
        "okhttp/4.12.0",
        "python-requests/2.32.3",
        "Go-http-client/2.0",
        "Java/21.0.1",
        "axios/1.7.2",
        "PostmanRuntime/7.39.0",
        "Apache-HttpClient/5.3 (Java/17)",
        "PartnerSDK/2.4 (api)",
        "got (https://github.com/example/got)",
        "billing-service",
    ],
)
def test_other_programs_are_api_clients(agent: str) -> None:
    assert classify(agent) == Agent("api")


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "-",
        "   ",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
        "Mozilla/5.0 (compatible; Baiduspider/2.0)",
        "Mozilla/5.0 (compatible; SomeExplorer/1.0; +http://crawler.example.com/)",
        "Mozilla/5.00 (Nikto/2.1.5) (Evasions:None) (Test:Port Check)",
        f"{WINDOWS} HeadlessChrome/120.0.0.0 Safari/537.36",
        "facebookexternalhit/1.1",
        "kube-probe/1.29",
        "ELB-HealthChecker/2.0",
        "WhatsApp/2.23.20",
        "UniversalFeedParser/4.2",
        "Apache/2.4 (Debian) (internal dummy connection)",
    ],
)
def test_bots_crawlers_and_probes(agent: str) -> None:
    assert classify(agent) == BOT


@settings(deadline=None, max_examples=200)
@given(agent=st.text(max_size=700))
def test_no_agent_brings_its_own_words(agent: str) -> None:
    found = classify(agent)
    assert found.platform in {None, "web", "ios", "android", "tablet", "api"}
    assert found.device in {None, "desktop", "mobile", "tablet", "tv"}
    assert found.actor in {"user", "bot"}
    assert found.version is None or set(found.version) <= set("0123456789.")


def test_names_of_analytics_tools() -> None:
    assert browser_name("Mobile Safari") == "safari"
    assert browser_name(" Chrome iOS ") == "chrome"
    assert browser_name("Somebody's browser") is None
