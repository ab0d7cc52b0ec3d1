"""`python -m tests.golden DIR [duckdb|spark]`: one line per expected file, exit 1 if any differs."""

import sys
import tempfile
from pathlib import Path

from tests.golden.harness import Bench, run


def main(arguments: list[str]) -> int:
    """Compare the folder named by the only argument (default: the cases of this repository)."""
    folder = Path(arguments[0]) if arguments else Path(__file__).parent / "scores"
    if not folder.is_dir() or not any(folder.glob("*_expected.csv")):
        print(
            f"no golden cases in '{folder}': name a folder with *_expected.csv files",
            file=sys.stderr,
        )
        return 3
    passed = failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for result in run(folder, _bench(Path(scratch), arguments[1:])):
            print(
                f"{result.file}: {result.verdict}" + (f": {result.detail}" if result.detail else "")
            )
            passed += result.verdict == "ok"
            failed += result.verdict == "differs"
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0)


def _bench(scratch: Path, engine: list[str]) -> Bench:
    if engine != ["spark"]:
        return Bench(scratch)
    from tests.golden.on_spark import SparkBench

    return SparkBench(scratch)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
