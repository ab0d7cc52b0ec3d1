"""Asset checks beside those that dbt brings."""

import dagster as dg

from orchestration.loading import LoadReport

REJECT_SHARE = "reject_share"
_SHOWN = 20


def reject_share(report: LoadReport, limit: float) -> dg.AssetCheckResult:
    """Fails when too many records of the loaded days could not be read; names the files."""
    files = "\n".join(
        f"- `{path}`: {rejected:,} of {read:,}"
        for path, rejected, read in report.rejecting[:_SHOWN]
    )
    return dg.AssetCheckResult(
        passed=report.reject_share <= limit,
        check_name=REJECT_SHARE,
        description=f"{report.rejected:,} of {report.records_read:,} records rejected",
        metadata={
            "share": report.reject_share,
            "limit": limit,
            "rejected": report.rejected,
            "records": report.records_read,
            "files": dg.MetadataValue.md(files or "none"),
        },
    )
