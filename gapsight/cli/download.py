"""Published marts that lie behind a URL: fetched whole into a temporary file, then read like any other."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from gapsight.cli.errors import CliError

_TIMEOUT = (10, 60)
"""Seconds for a connection, and for each next piece of the answer."""

_ADVICE = "check the URL (a presigned one expires) and the network"


@contextmanager
def downloaded(url: str) -> Iterator[Path]:
    """Give a local copy for the time of one command; raises CliError if it does not come whole."""
    import requests

    shown = without_secret(url)
    if urlsplit(url).scheme not in ("http", "https"):
        raise CliError(
            f"--marts cannot read {shown}",
            "give a path, or an http(s) URL; of an object in S3 a presigned one",
        )
    with tempfile.TemporaryDirectory(prefix="gapsight-") as folder:
        place = Path(folder) / "marts.duckdb"
        try:
            with (
                requests.get(url, stream=True, timeout=_TIMEOUT) as answer,
                place.open("wb") as file,
            ):
                answer.raise_for_status()
                for piece in answer.iter_content(1 << 20):
                    file.write(piece)
        except requests.HTTPError as error:
            said = f"{error.response.status_code} {error.response.reason}"
            raise CliError(f"{shown} cannot be downloaded: {said}", _ADVICE) from None
        except requests.RequestException as error:
            raise CliError(
                f"{shown} cannot be downloaded: {type(error).__name__}", _ADVICE
            ) from None
        yield place


def without_secret(url: str) -> str:
    """The URL as messages may show it: what follows the path signs a presigned one."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
