"""User agents to platform, browser, device, version and actor.

A browser is platform `web` on any device, so that phones' Safari counts as a browser to test in;
`ios`, `android` and `tablet` are the apps themselves; `api` is any other program. Words that a
sender could choose freely never become a value: browsers are those of a list, versions numbers.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from ua_parser import Result, parse

MAX_AGENT = 512


class Agent(NamedTuple):
    """What a user agent says about who sent a request."""

    platform: str | None = None
    browser: str | None = None
    device: str | None = None
    version: str | None = None
    actor: str = "user"


BOT = Agent(actor="bot")

# Beyond the crawlers that ua-parser knows: scanners, probes, uptime checks, headless browsers, link
# previews, feed readers. Plain words: one expression of them all costs forty times as much.
_BOTS = (
    "bot crawl spider slurp scrapy scraper fetcher archiver feedparser feedburner feedly feedbin"
    " newsblur bingpreview skypeuri headless phantomjs lighthouse pagespeed gtmetrix pingdom"
    " uptime statuscake site24x7 monitis catchpoint newrelicpinger datadog checkly healthcheck"
    " health-check kube-probe googlehc prometheus blackbox nagios zabbix nikto sqlmap nmap masscan"
    " zgrab censys nuclei wpscan dirbuster gobuster acunetix netcraft facebookexternalhit whatsapp/"
    " ia_archiver validator linkcheck embedly"
)
_BOT_PHRASES = ("internal dummy connection", "consul health", "tiny rss", "web preview")
_BOT_WORDS = (*_BOTS.split(), *_BOT_PHRASES)
_LIBRARY = re.compile(
    r"(?i)(?:curl|wget|libwww|lwp|python|aiohttp|httpx|okhttp|go-http-client|java|apache-httpclient"
    r"|jakarta|axios|node|undici|got|postman|insomnia|ruby|faraday|rest-client|guzzle|php|dart"
    r"|restsharp|grpc|k6|jmeter|gatling|apachebench|perl|powershell|dotnet|reactor-netty|ktor|hyper"
    r"|reqwest|elixir|hackney)\b"
)
# ShopApp/5.2 (iOS 17.1; iPhone14,2) or ShopApp/12 CFNetwork/1474 Darwin/23.0.0
_APP = re.compile(r"(?!Mozilla/|Opera/|Dalvik/)[^/()]{1,60}/v?([0-9]{1,4}(?:\.[0-9]{1,6}){0,3})\b")
_APPLE = re.compile(r"\biOS\b|\biPadOS\b|\biPhone|\biPad|\biPod|\bDarwin/|\btvOS\b|\bwatchOS\b")
_ANDROID = re.compile(r"\bAndroid\b")
_GALAXY_TAB = re.compile(r"\bsm-[tx][0-9]{3}")
_TABLET_WORDS = ("ipad", "tablet", "kindle", "silk/", "playbook")
_MOBILE_WORDS = (
    "mobi",
    "iphone",
    "ipod",
    "ios ",
    "darwin/",
    "android",
    "windows phone",
    "opera mini",
)
_TVS = "smarttv smart-tv tizen web0s webos hbbtv appletv tvos roku playstation xbox nintendo"
_TV_WORDS = tuple(_TVS.split())

_BROWSERS = {
    "chrome": "chrome",
    "chrome mobile": "chrome",
    "chrome mobile ios": "chrome",
    "chrome ios": "chrome",
    "chromium": "chrome",
    "chrome mobile webview": "webview",
    "mobile safari": "safari",
    "safari": "safari",
    "mobile safari ui/wkwebview": "webview",
    "firefox": "firefox",
    "firefox mobile": "firefox",
    "firefox ios": "firefox",
    "edge": "edge",
    "edge mobile": "edge",
    "microsoft edge": "edge",
    "samsung internet": "samsung_internet",
    "ie": "ie",
    "ie mobile": "ie",
    "internet explorer": "ie",
    "internet explorer mobile": "ie",
    "opera": "opera",
    "opera mobile": "opera",
    "opera mini": "opera_mini",
    "opera touch": "opera",
    "brave": "brave",
    "vivaldi": "vivaldi",
    "uc browser": "uc_browser",
    "yandex browser": "yandex",
    "duckduckgo": "duckduckgo",
    "duckduckgo mobile": "duckduckgo",
    "huawei browser": "huawei",
    "miui browser": "miui",
    "amazon silk": "silk",
    "android": "android_browser",
    "android mobile": "android_browser",
    "electron": "electron",
    "facebook": "facebook",
    "facebook mobile": "facebook",
    "instagram": "instagram",
}


def browser_name(family: str) -> str | None:
    """Our name of a browser as ua-parser or an analytics tool calls it; None if it is not known."""
    return _BROWSERS.get(family.strip().lower())


@lru_cache(maxsize=1 << 16)
def classify(agent: str) -> Agent:
    """What an agent says. None at all counts as a bot: browsers, apps and libraries send one."""
    agent = agent[:MAX_AGENT].strip()
    if agent in ("", "-") or _is_bot(agent):
        return BOT
    if _LIBRARY.match(agent):
        return Agent("api")
    if _leaves_contact(agent):
        return BOT
    if app := _APP.match(agent):
        return _app(agent, app[1])
    if agent.startswith("Dalvik/"):  # what an Android app sends that chose no name
        device = _device(agent)
        return Agent("tablet" if device == "tablet" else "android", device=device)
    return _browser(agent, parse(agent))


def _is_bot(agent: str) -> bool:
    words = agent.lower().replace("cubot", "")  # a maker of phones
    return any(word in words for word in _BOT_WORDS)


def _leaves_contact(agent: str) -> bool:
    """Crawlers leave an address for complaints; browsers and apps do not."""
    return "://" in agent or "www." in agent or "@" in agent


def _app(agent: str, version: str) -> Agent:
    if not (_APPLE.search(agent) or _ANDROID.search(agent)):
        return BOT if _is_spider(parse(agent)) else Agent("api")
    device = _device(agent)
    if device == "tablet":
        return Agent("tablet", device=device, version=version)
    return Agent("ios" if _APPLE.search(agent) else "android", device=device, version=version)


def _is_spider(found: Result) -> bool:
    return found.device is not None and found.device.brand == "Spider"


def _browser(agent: str, found: Result) -> Agent:
    if _is_spider(found):
        return BOT
    known = browser_name(found.user_agent.family if found.user_agent else "") or "other"
    if known == "other" and not agent.startswith(("Mozilla/", "Opera/")):
        return Agent("api")
    return Agent("web", known, _device(agent))


def _device(agent: str) -> str:
    words = agent.lower()
    if any(word in words for word in _TV_WORDS):
        return "tv"
    if any(word in words for word in _TABLET_WORDS) or _GALAXY_TAB.search(words):
        return "tablet"
    if "android" in words and "mozilla/" in words and "mobile" not in words:
        return "tablet"  # which is how browsers on Android tell the two apart
    return "mobile" if any(word in words for word in _MOBILE_WORDS) else "desktop"
