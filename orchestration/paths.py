"""Where everything of a workspace lies."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Paths:
    """Where everything of one workspace lies; all absolute."""

    workspace: Path
    data_dir: Path
    warehouse: Path
    published: Path

    @property
    def inbox(self) -> Path:
        """Landed bytes: `<source>/<day>/<name>`."""
        return self.data_dir / "inbox"

    @property
    def lake(self) -> Path:
        """Typed parts: `<table>/day=<day>/<source>--<file id>.parquet`."""
        return self.data_dir / "lake"

    @property
    def dbt(self) -> Path:
        """The assembled dbt project."""
        return self.data_dir / "dbt"

    @property
    def spark(self) -> Path:
        """Tables of the last build on Spark, beside the warehouse that is made of them."""
        return self.warehouse.with_name("spark")

    @property
    def dagster_home(self) -> Path:
        """State of Dagster: run history, cursors."""
        return self.data_dir / "dagster"

    @property
    def logs(self) -> Path:
        """One file per headless run."""
        return self.data_dir / "logs"

    @property
    def demo(self) -> Path:
        """What the demo generator keeps beside the inbox."""
        return self.data_dir / "demo"

    @property
    def seeds(self) -> Path:
        """The workspace's own seeds, laid over the defaults."""
        return self.workspace / "seeds"

    @property
    def marts(self) -> Path:
        """The published database."""
        return self.published / "marts.duckdb"
