"""Request lines to route templates: `GET /orders/4711?mail=a@b HTTP/1.1` is GET `/orders/{id}`.

Only structure is decided here; which flow a template belongs to is the seeds' work. What cannot be
a route name is replaced, so that neither ids nor e-mail addresses, tokens or query strings get any
further. Templates are bounded three ways: 12 segments, so many literal children of one parent
(further ones are `{slug}`), so many templates in a file (further ones are `(other)`).
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from ingest.privacy import scrub

OTHER_ROUTE = "(other)"
MAX_SEGMENTS = 12
MAX_PATH = 2048
_MAX_LITERAL = 64
_CACHED = 200_000

_METHODS = (
    "GET HEAD POST PUT PATCH DELETE OPTIONS TRACE QUERY SEARCH PURGE LINK UNLINK REPORT"
    " PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK MKCALENDAR ACL BIND"
)
_STATIC_ENDINGS = (
    "css js mjs map png jpg jpeg gif svg ico webp avif bmp cur woff woff2 ttf otf eot"
    " mp3 mp4 m4a m4v webm ogg ogv wav mov wasm webmanifest swf"
)
_PAGE_ENDINGS = (
    "html htm xhtml php asp aspx ashx asmx jsp jspa jspx do action cgi pl cfm svc axd"
    " json xml rss atom ics vcf txt md csv tsv pdf doc docx xls xlsx ppt pptx odt ods rtf"
    " zip gz tgz tar bz2 xz rar jar war exe msi dmg iso deb rpm bin dat log conf ini yml yaml"
    " py rb sh sql bak old env git"
)
METHODS = frozenset(_METHODS.split())
STATIC_ENDINGS = frozenset(_STATIC_ENDINGS.split())
PAGE_ENDINGS = frozenset(_PAGE_ENDINGS.split())
_STATIC_NAMES = re.compile(
    r"/(?:favicon|apple-touch-icon|android-chrome|mstile|sitemap)[^/]*"
    r"|/(?:robots|ads|app-ads|humans|security)\.txt|/(?:manifest\.json|browserconfig\.xml)"
    r"|/\.well-known(?:/.*)?"
)

_IDS = (
    (re.compile(r"[0-9]+"), "{id}"),
    (re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "{uuid}"),
    (re.compile(r"(?=[a-fA-F]*[0-9])[0-9a-fA-F]{8,}"), "{hex}"),
)
_PLAIN = re.compile(r"\$?[A-Za-z0-9._~:-]+|\{[a-z]{1,12}\}")
_API_VERSION = re.compile(r"v[0-9]{1,3}(?:\.[0-9]{1,3}){0,2}")
_NO_LETTERS = re.compile(r"[0-9._~:-]+")
_DIGITS = re.compile(r"[0-9]")
# A run without separators that is long, or mixes cases and digits, is a key and not a word.
_TOKEN = re.compile(
    r"(?=[A-Za-z]*[0-9])[A-Za-z0-9]{16,}|[A-Za-z0-9]{41,}"
    r"|(?=[A-Z0-9]*[a-z])(?=[a-z0-9]*[A-Z])(?=[A-Za-z]*[0-9][A-Za-z]*[0-9])[A-Za-z0-9]{8,}"
)
_DOTTED = re.compile(r"[A-Za-z]+(?:\.[A-Za-z]+)+")


def segment_template(segment: str) -> str:
    """A path segment as it may be stored: itself if it reads like a route name, else `{...}`."""
    for shape, placeholder in _IDS:
        if shape.fullmatch(segment):
            return placeholder
    if not _is_plain(segment):
        return "{value}"
    digits = len(_DIGITS.findall(segment))
    # Four digits make SKU-12345, order_2024 or 2021-09-30; fewer make oauth2, step-3 or i18n.
    is_id = digits >= 4 or (digits and _NO_LETTERS.fullmatch(segment))
    return "{id}" if is_id and not _API_VERSION.fullmatch(segment) else segment


def _is_plain(segment: str) -> bool:
    return (
        len(segment) <= _MAX_LITERAL
        and _PLAIN.fullmatch(segment) is not None
        and _TOKEN.search(segment) is None
        and not _could_be_a_person(segment)
    )


def _could_be_a_person(segment: str) -> bool:
    """Tell john.smith from index.html and .well-known."""
    ending = segment.rpartition(".")[2].lower()
    return _DOTTED.fullmatch(segment) is not None and ending not in PAGE_ENDINGS


def request_parts(request: str) -> tuple[str, str] | None:
    """Method and path of a request line, without query and parameters; None if it is not HTTP."""
    method, _, rest = request.partition(" ")
    if method not in METHODS:
        return None
    target, blank, protocol = rest.rpartition(" ")
    if not protocol.startswith("HTTP/"):
        if blank:  # another protocol's request: OPTIONS / RTSP/1.0
            return None
        target = protocol  # HTTP/0.9 names no protocol
    path = target[:MAX_PATH].partition("?")[0].partition("#")[0]
    if not path.startswith("/"):
        scheme, _, rest = path.partition("://")
        if scheme.lower() not in ("http", "https") or not rest:
            return None
        path = "/" + rest.partition("/")[2]
    if ";" in path:  # /cart;jsessionid=...
        path = re.sub(r";[^/]*", "", path)
    return method, path


_QUERY = re.compile(r"\?[^ \n]*+(?= HTTP/)")
_NUMBER = re.compile(r"/[0-9]++(?=[/ ])")
_UUID = re.compile(r"/[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?=[/ ])")


def alike(requests: Iterable[str]) -> list[str]:
    """Request lines of the same routes with fewer differences: no query, `{id}` and `{uuid}`.

    Many at once, so that most of them are then found in a table and not taken apart one by one.
    """
    text = "\n".join(requests)
    return _UUID.sub("/{uuid}", _NUMBER.sub("/{id}", _QUERY.sub("", text))).split("\n")


def is_static(path: str) -> bool:
    """Tell a file for the browser's page from a step of a person, by ending or well-known name."""
    ending = path[path.rfind(".") + 1 :].lower()
    return ending in STATIC_ENDINGS or _STATIC_NAMES.fullmatch(path) is not None


class _Segments(dict[str, str]):
    """Segment -> template. Ids are not kept: each comes once, and there is no end of them."""

    def __missing__(self, segment: str) -> str:
        found = segment_template(segment) if segment else ""
        if found == segment:
            if len(self) >= _CACHED:
                self.clear()
            self[segment] = found
        return found


_SEGMENTS = _Segments()


def template_of(path: str) -> str:
    """The template of a path, not yet bounded in number."""
    if "//" in path or "/." in path:
        path = _resolved(path)
    parts = path.split("/", MAX_SEGMENTS + 1)
    if len(parts) > MAX_SEGMENTS + 1:
        parts[-1] = "{rest}"
    return "/".join(map(_SEGMENTS.__getitem__, parts)).rstrip("/") or "/"


@lru_cache(maxsize=1 << 16)
def read_request(request: str) -> tuple[str, str | None] | None:
    """Method and template of a request line; no template for a static file; None if it is not HTTP."""
    parts = request_parts(request)
    if parts is None:
        return None
    method, path = parts
    return method, None if is_static(path) else template_of(path)


class Templates:
    """The templates of one file: at most `limit` of them, and so many children of one parent."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._children_limit = max(50, limit // 10)
        self._children: dict[str, set[str]] = {}
        self._known: set[str] = set()

    def admitted(self, template: str) -> str:
        """The template itself, with `{slug}` in it, or `(other)` once the file has had its share."""
        if template in self._known:
            return template
        prefix = ""
        new: list[tuple[str, str]] = []
        for part in template[1:].split("/"):
            children = self._children.get(prefix, ())
            if part.startswith("{") or part in children:
                prefix += "/" + part
            elif len(children) >= self._children_limit:
                prefix += "/{slug}"
            else:
                new.append((prefix, part))
                prefix += "/" + part
        if prefix not in self._known:
            # What looked harmless part by part may not be so as a whole.
            if len(self._known) >= self._limit or not _is_clean(prefix):
                return OTHER_ROUTE
            self._known.add(prefix)
            for parent, child in new:
                self._children.setdefault(parent, set()).add(child)
        return prefix


@lru_cache(maxsize=1 << 15)
def _is_clean(template: str) -> bool:
    return scrub(template) == template


def _resolved(path: str) -> str:
    """Without empty, `.` and `..` segments (RFC 3986, 5.2.4)."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)
