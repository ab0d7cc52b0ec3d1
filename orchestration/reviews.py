"""What is written now and then for people to decide on: it changes nothing by itself."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import msgspec

from orchestration.lake import write_synced
from orchestration.published_marts import published, rows_of
from orchestration.raw_assets import OWNERS
from orchestration.settings import Settings

CALIBRATION = "calibration.json"
_MARTS = ("rpt_backtest_cases", "rpt_rules_in_force")

_KEPT_IN = "reviews"
_PACKS = {
    "weekly": "Three tickets, what to repair, what nobody owns, what to explore: for the weekly meeting.",
    "quarterly": "What the quarter says of the suite, and what the suite costs: for the quarterly meeting.",
}

WEEKLY = dg.define_asset_job(
    "weekly",
    selection=dg.AssetSelection.groups("weekly_review"),
    description="Write the pack for the weekly meeting, from what is published.",
)
QUARTERLY = dg.define_asset_job(
    "quarterly",
    selection=dg.AssetSelection.groups("quarterly_review"),
    description="Write what is looked at once a quarter, from what is published.",
)


def review_assets(settings: Settings, manifest_path: Path) -> list[dg.AssetsDefinition]:
    """The packs of `gapsight review`, and the proposal of other weights that `gapsight calibrate` prints.

    None where the project has no such marts.
    """
    nodes = msgspec.json.decode(manifest_path.read_bytes())["nodes"].values()
    if not {node["name"] for node in nodes}.issuperset(_MARTS):
        return []

    @dg.asset(
        key=["reviews", "calibration"],
        group_name="quarterly_review",
        deps=[["published", "marts"]],
        description="Weights that the past speaks for, or why none are proposed. A person accepts by editing the seed.",
        kinds={"json"},
        owners=OWNERS,
    )
    def calibration() -> Iterator[dg.MaterializeResult[None]]:
        from gapsight.backtest.calibrate import propose
        from gapsight.backtest.cases import CASES, RULES, quarters_of, rules_of

        with published(settings.paths.marts) as marts:
            proposal = propose(quarters_of(rows_of(marts, CASES)), rules_of(rows_of(marts, RULES)))
        place = settings.paths.published / CALIBRATION
        write_synced(place, msgspec.json.format(msgspec.json.encode(proposal.document())) + b"\n")
        yield dg.MaterializeResult(
            metadata={
                "proposal": proposal.refused or "other weights are proposed",
                "gain": proposal.gain,
                "quarters": proposal.quarters,
                "path": str(place),
            }
        )

    return [calibration, *(_pack_asset(settings, kind) for kind in _PACKS)]


def _pack_asset(settings: Settings, kind: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=["reviews", kind],
        group_name=f"{kind}_review",
        deps=[["published", "marts"]],
        description=_PACKS[kind],
        kinds={"html", "markdown"},
        owners=OWNERS,
    )
    def pack() -> Iterator[dg.MaterializeResult[None]]:
        from gapsight.review.packs import file_name, pack_of, text_of

        with published(settings.paths.marts) as marts:
            made = pack_of(kind, lambda query: rows_of(marts, query))
        folder = settings.paths.published / _KEPT_IN
        for form in ("markdown", "html"):
            ending, text = text_of(made, form)
            write_synced(folder / file_name(made, ending), text.encode())
        yield dg.MaterializeResult(
            metadata={
                "as of": str(made.as_of),
                "sections": len(made.sections),
                "of them empty": sum(section.is_empty for section in made.sections),
                "page": dg.MetadataValue.path(folder / file_name(made, "html")),
                "pack": dg.MetadataValue.md(text_of(made, "markdown")[1]),
            }
        )

    return pack


def weekly(settings: Settings) -> dg.ScheduleDefinition:
    """On Monday morning, after the nightly run."""
    return dg.ScheduleDefinition(
        name="weekly",
        job=WEEKLY,
        cron_schedule="30 6 * * 1",
        execution_timezone=settings.reporting_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )


def quarterly(settings: Settings) -> dg.ScheduleDefinition:
    """On the second day of each quarter, when the nightly run of the first has told of the last one."""
    return dg.ScheduleDefinition(
        name="quarterly",
        job=QUARTERLY,
        cron_schedule="0 6 2 1,4,7,10 *",
        execution_timezone=settings.reporting_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
