"""Every format of access logs by its name, in the order in which `auto` prefers them."""

from collections.abc import Iterable, Mapping
from functools import cache

from ingest.source import FormatError
from ingest.usage.json_log import DIALECTS, JsonLayout, own_dialect
from ingest.usage.layout import Layout
from ingest.usage.log_format import NAMED, is_text, text_layout
from ingest.usage.w3c_log import W3cLayout

_W3C = ("cloudfront", "w3c")
NAMES = (*NAMED, *_W3C, *DIALECTS)


def layout(name: str, extra: Iterable[tuple[str, str]] = ()) -> Layout:
    """A format by its name, or of an nginx log_format text.

    `extra`: variables, columns or keys, and the fields they are read as. FormatError: no such format.
    """
    if name in _W3C:
        return W3cLayout(name, extra)
    if name in DIALECTS:
        return _json_layout(name, tuple(extra))
    if name in NAMED or is_text(name):
        return text_layout(name, extra)
    raise FormatError(
        f"log_format '{name}' is none of {', '.join(('auto', *NAMES))},"
        " and no nginx log_format text with $variables"
    )


@cache
def _json_layout(name: str, extra: tuple[tuple[str, str], ...]) -> JsonLayout:
    """Made once: unlike W3C's it learns nothing from a file, and its types are costly to make."""
    return JsonLayout(name, DIALECTS[name], extra)


def own_layout(keys: Mapping[str, str], extra: Iterable[tuple[str, str]] = ()) -> Layout:
    """JSON lines whose keys the settings name; FormatError if they cannot be."""
    return JsonLayout("json", own_dialect(keys), extra)
