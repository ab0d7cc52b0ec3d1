"""The dimensions of an analytics event, from properties that every team names differently."""

from collections.abc import Iterable, Mapping
from typing import Any

from ingest.source import FormatError
from ingest.usage.agents import browser_name

DIMENSIONS = (
    "platform",
    "browser",
    "device",
    "persona",
    "tier",
    "version",
    "locale",
    "experiment",
)

_USUAL: Mapping[str, tuple[str, ...]] = {
    "platform": ("platform",),
    "browser": ("$browser",),
    "device": (),
    "persona": ("persona",),
    "tier": ("tier", "plan"),
    "version": ("app_version", "$app_version_string", "$app_release"),
    "locale": ("locale", "$locale"),
    "experiment": ("experiment", "variant"),
}
# These the vendor's libraries send. The others are the team's: once it names some, it names all.
_VENDORS = ("platform", "browser", "device")

# What is looked at where no property says the platform or the device.
_CLUES = ("$browser", "$os", "$device", "$model", "mp_lib")
_SYSTEMS = {"ios": "ios", "iphone os": "ios", "ipados": "tablet", "android": "android"}
_LIBRARIES = {
    "web": "web",
    "iphone": "ios",
    "swift": "ios",
    "android": "android",
    **dict.fromkeys(("python", "node", "java", "jvm", "ruby", "php", "go"), "api"),
}
_MOBILE = ("iphone", "ipod", "ios", "android", "mobile", "windows phone")
_DESKTOP = ("windows", "mac", "linux", "chrome os", "ubuntu")

_LONGEST = 400
_BIGGEST = 10**30  # Python refuses to print what has thousands of digits
_CACHED = 50_000

Dimensions = tuple[str | None, ...]


def text_of(value: object) -> str | None:
    """A property's value as text; of a list its first; None for nothing."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < _BIGGEST else None
    if not isinstance(value, str | float):
        return None
    return str(value)[:_LONGEST].strip() or None


class DimensionReader:
    """Reads the dimensions of events as the settings say: dimension -> property or properties."""

    def __init__(self, source: str, settings: Mapping[str, str | Iterable[str]] | None) -> None:
        """FormatError, naming the table of the source, for a dimension there is none of."""
        given = {
            name: (names,) if isinstance(names, str) else tuple(names)
            for name, names in (settings or {}).items()
        }
        if unknown := given.keys() - set(DIMENSIONS):
            raise FormatError(
                f"[sources.{source}.dimensions]: no dimension {', '.join(sorted(unknown))};"
                f" there are {', '.join(DIMENSIONS)}"
            )
        usual = _USUAL if settings is None else {name: _USUAL[name] for name in _VENDORS}
        self._names = {name: given.get(name, usual.get(name, ())) for name in DIMENSIONS}
        named = (label for names in self._names.values() for label in names)
        self._looked_at = tuple(dict.fromkeys((*named, *_CLUES)))
        self._known: dict[Dimensions, Dimensions] = {}

    def read(self, properties: Mapping[str, Any]) -> Dimensions:
        """The dimensions of one event, in the order of DIMENSIONS."""
        values = tuple(
            [
                value if value is None or value.__class__ is str else text_of(value)
                for value in map(properties.get, self._looked_at)
            ]
        )
        found = self._known.get(values)
        if found is None:
            if len(self._known) > _CACHED:
                self._known.clear()
            found = self._known[values] = self._read(
                dict(zip(self._looked_at, values, strict=True))
            )
        return found

    def _read(self, values: Mapping[str, str | None]) -> Dimensions:
        said = {name: text_of(value) for name, value in values.items()}
        found = {
            name: next((text for label in labels if (text := said.get(label))), None)
            for name, labels in self._names.items()
        }
        device, browser = found["device"], found["browser"]
        found["device"] = device.lower() if device else _device(said)
        if browser:
            found["browser"] = browser_name(browser) or browser.lower().replace(" ", "_")
        platform = found["platform"] or _platform(said, found["device"])
        found["platform"] = platform.lower() if platform else None
        return tuple(found[name] for name in DIMENSIONS)


def _platform(said: Mapping[str, str | None], device: str | None) -> str | None:
    if said["$browser"]:
        return "web"
    system = _SYSTEMS.get((said["$os"] or "").lower())
    if system:
        return "tablet" if device == "tablet" else system
    return _LIBRARIES.get((said["mp_lib"] or "").lower())


def _device(said: Mapping[str, str | None]) -> str | None:
    words = " ".join((said[name] or "").lower() for name in ("$device", "$model", "$os"))
    if "ipad" in words or "tablet" in words:
        return "tablet"
    if any(word in words for word in _MOBILE):
        return "mobile"
    return "desktop" if any(word in words for word in _DESKTOP) else None
