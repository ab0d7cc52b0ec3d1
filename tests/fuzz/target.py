"""One parser under libFuzzer: `python -m tests.fuzz.target SOURCE [libFuzzer options] CORPUS...`.

Started by `make fuzz`; by itself to see one input again: `python -m tests.fuzz.target junit crash-…`.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ingest"]):
    from ingest import sources

    SOURCE = sources.get(sys.argv[1])
    if SOURCE.name == "ci_bundle":  # it calls the others
        sources.all_sources()

from ingest.files.packed import parsed
from ingest.source import FormatError
from tests.fuzz.corpus import context_of, file_bytes
from tests.golden.oracle import check

_SCRATCH = Path("/dev/shm")
_CONTEXT = context_of(SOURCE)


def main() -> None:
    """Try inputs until time is up; libFuzzer ends the process at the first that breaks a rule."""
    with tempfile.TemporaryDirectory(dir=_SCRATCH if _SCRATCH.is_dir() else None) as folder:
        place = Path(folder) / "input"

        def once(content: bytes) -> None:
            place.write_bytes(file_bytes(SOURCE, content))
            try:
                with parsed(SOURCE, place, _CONTEXT) as items:
                    check(SOURCE, items)
            except FormatError as error:
                str(error).encode()

        atheris.Setup([sys.argv[0], *sys.argv[2:]], once)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
