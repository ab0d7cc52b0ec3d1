"""The manifest of a CI bundle: which run its reports come from."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

import msgspec

from ingest.ci.moments import FIRST_YEAR, moment
from ingest.privacy import excerpt
from ingest.source import Context, FormatError

NAME = "manifest.json"
VERSION = 1

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
SHA = "[0-9a-fA-F]{7,64}"
"""What names a commit: seven hex digits of its hash or more. A branch or a tag is none: it moves."""
Sha = Annotated[str, msgspec.Meta(pattern=f"^{SHA}$")]
Stage = Literal["merge", "nightly", "weekly", "release", "production"]
Fact = str | int | float | bool | None


class ListedReport(msgspec.Struct):
    """A report of the bundle: its path, or a pattern for several."""

    path: Text
    format: str | None = None
    suite: str | None = None
    environment: str | None = None


class Job(msgspec.Struct):
    """A job of the run and how it ended."""

    name: Text
    conclusion: str | None = None


class Artifact(msgspec.Struct):
    """What CI keeps of the run under one name; with a `problem` nothing of it, or a part, is here."""

    name: Text
    suite: str | None = None
    problem: str | None = None


class Manifest(msgspec.Struct):
    """What is known of the run; an empty text is missing: so scripts write unset variables."""

    gapsight_bundle: int
    repo: Text
    build: Text | int
    sha: Sha | None = None
    base_sha: Sha | None = None
    pr: str | int | None = None
    branch: Text | None = None
    attempt: Annotated[int, msgspec.Meta(ge=1)] = 1
    pipeline: Text | None = None
    stage: Stage | None = None
    blocking: bool | None = None
    environment: Text | None = None
    env_facts: dict[str, Fact] | None = None
    started_at: str | None = None
    finished_at: str | None = None
    jobs: list[Job] = []
    expected_suites: list[Text] | None = None
    reports: list[ListedReport] = []
    artifacts: list[Artifact] = []
    """Where the reports were downloaded from, for bundles that CI did not pack itself."""


def written(fields: Mapping[str, Any]) -> bytes:
    """The bytes of a manifest; what is None is left out. FormatError for what would not be read again."""
    known = {key: value for key, value in fields.items() if value is not None}
    data = msgspec.json.format(msgspec.json.encode({"gapsight_bundle": VERSION, **known}), indent=2)
    read_manifest(data)
    return data


def read_manifest(data: bytes) -> tuple[Manifest, list[str]]:
    """The manifest, and notes on keys it does not know; FormatError names the key that is wrong."""
    try:
        fields = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"{NAME} is no JSON object: {error}") from None
    version = fields.get("gapsight_bundle")
    if version != VERSION:
        raise FormatError(
            f"{NAME}: `gapsight_bundle` is {excerpt(repr(version))}, expected {VERSION}"
        )
    try:
        manifest = msgspec.convert({k: v for k, v in fields.items() if v != ""}, Manifest)
    except msgspec.ValidationError as error:
        raise FormatError(f"{NAME}: {_named(str(error))}") from None
    unknown = sorted(set(fields) - {field.name for field in msgspec.structs.fields(Manifest)})
    notes = [f"{NAME}: unknown keys {excerpt(', '.join(unknown))}"] if unknown else []
    if manifest.sha is None:
        notes.append(f"{NAME}: no `sha`: results stay evidence without a commit")
    return manifest, notes


def stamp_of(manifest: Manifest, key: str, context: Context) -> datetime | None:
    """A stamp of the manifest in UTC; FormatError if it is there and cannot be read."""
    text = getattr(manifest, key)
    if text is None:
        return None
    found = moment(text, context)
    if found is None:
        raise FormatError(f"{NAME}: `{key}` is no time since {FIRST_YEAR}: '{excerpt(text)}'")
    return found.at


def _named(message: str) -> str:
    """The decoder's message with the key first: what to mend stands where the eye falls."""
    text, _, place = message.partition(" - at `")
    if place:
        key = place.rstrip("`").removeprefix("$.")
        known = f"; known are {', '.join(get_args(Stage))}" if key == "stage" else ""
        return f"`{key}`: {text}{known}"
    return text  # "Object missing required field `build`"
