"""What an earlier run would have left in the lake: yesterday's scores, and an incident that its source has deleted."""

from datetime import timedelta

import duckdb

from orchestration import history
from tests.parity.build import Built
from tests.parity.dealt import LAST

EARLIER = LAST - timedelta(days=7)
DELETED = "INC-DELETED"


def remember(built: Built) -> None:
    """Keep the marts of a build as those of a week before, changed a little."""
    kept = history.kept_marts(built.manifest)
    history.keep(built.settings, kept, how="run", code_version="earlier")
    for mart in kept:
        folder = built.settings.paths.lake / "history" / mart.name
        place = folder / (f"{LAST}.parquet" if mart.by_day else "last.parquet")
        changes = []
        if mart.by_day:
            changes.append(f"update kept set as_of = date '{EARLIER}'")
            if mart.name == "fct_risk_scores":
                changes.append("update kept set risk = risk * 0.9 where risk is not null")
        elif "incident_id" in mart.columns:
            gone = "(select min(incident_id) from kept)"
            changes.append(f"update kept set incident_id = '{DELETED}' where incident_id = {gone}")
        with duckdb.connect() as memory:
            memory.execute("set TimeZone = 'UTC'")
            memory.execute(f"create table kept as select * from read_parquet('{_text(place)}')")
            for change in changes:
                memory.execute(change)
            target = folder / f"{EARLIER}.parquet" if mart.by_day else place
            memory.execute(f"copy kept to '{_text(target)}' (format parquet)")
        if mart.by_day:
            place.unlink()


def _text(place: object) -> str:
    return str(place).replace("'", "''")
