"""What tests of onboarding share: logs written here, and the project's own models over a draft."""

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import duckdb
from jinja2 import Environment

from ingest import sources
from ingest.source import Batch, Context
from tests.unit.cli_support import ROOT

MODELS = ROOT / "dbt_project" / "models" / "intermediate"
SAMPLES = ROOT / ".." / "shared" / "samples"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"
SHOP = (
    (30, "GET", "/product/{}"),
    (20, "GET", "/api/v2/products/{}/stock"),
    (14, "POST", "/api/v2/cart/items"),
    (9, "GET", "/de/search?q=shoes"),
    (7, "GET", "/help/topic-{}x"),
    (6, "POST", "/checkout/{}/pay"),
    (5, "GET", "/account/orders/{}"),
    (3, "GET", "/"),
    (20, "GET", "/assets/app.js"),
    (2, "GET", "/healthz"),
    (2, "GET", "/wp-admin/setup-{}x.php"),
)


def write_log(
    path: Path, lines: int = 2000, *, seed: int = 1, routes: tuple[tuple[int, str, str], ...] = SHOP
) -> Path:
    """Write a combined log of these routes by weight; what looks for WordPress gets a 404."""
    rng = Random(seed)
    at = datetime(2026, 3, 1, 8, tzinfo=UTC)
    text = []
    for number in range(lines):
        _, method, shape = rng.choices(routes, [weight for weight, _, _ in routes])[0]
        target = shape.format(rng.randrange(1000, 9999) if "x" not in shape else rng.randrange(40))
        status = 404 if "wp-" in target else 200
        stamp = (at + timedelta(seconds=40 * number)).strftime("%d/%b/%Y:%H:%M:%S %z")
        text.append(
            f'192.0.2.{number % 200} - - [{stamp}] "{method} {target} HTTP/1.1"'
            f' {status} 512 "-" "{BROWSER}"\n'
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(text))
    return path


def requests(log: Path, service: str) -> Iterator[tuple[str, str, str, int]]:
    """User requests of a log as the loader would store them."""
    context = Context(
        folder_day=date(2026, 1, 1),
        name=log.name,
        options={"files": [{"match": "*", "service": service}]},
    )
    for item in sources.get("access_log").parse(log, context):
        if isinstance(item, Batch) and item.table.TABLE == "usage_counts":
            for row in zip(*item.columns.values(), strict=True):
                values = dict(zip(item.columns, row, strict=True))
                if values["actor"] == "user":
                    yield service, values["method"], values["event"], values["count"]


def mapped_by_the_models(
    patterns: Path, log: Path, service: str
) -> tuple[int, int, dict[str, int]]:
    """Requests a seed file maps, all requests, and the mapped ones by flow: by the models' own SQL."""
    with duckdb.connect() as connection:
        connection.execute(
            "create table stg_usage__counts"
            "(service text, method text, event text, n bigint, kind text default 'request')"
        )
        rows = list(requests(log, service))
        connection.executemany(
            "insert into stg_usage__counts (service, method, event, n) values (?, ?, ?, ?)", rows
        )
        connection.execute(
            "create table route_patterns as select * from"
            " read_csv(?, header = true, all_varchar = true)",
            [str(patterns)],
        )
        connection.execute("alter table route_patterns alter priority type bigint")
        for model in (
            "int_route_patterns__segmented",
            "int_routes__segmented",
            "int_routes__mapped",
        ):
            connection.execute(f"create table {model} as {_rendered(model)}")
        found = connection.execute(
            "select mapped.flow, sum(counts.n)::bigint from stg_usage__counts as counts"
            " left join int_routes__mapped as mapped on counts.service = mapped.service"
            " and counts.method = mapped.method and counts.event = mapped.route group by 1"
        ).fetchall()
    by_flow = {flow: count for flow, count in found if flow}
    return sum(by_flow.values()), sum(count for _, count in found), by_flow


def _rendered(model: str) -> str:
    """A model's SQL without dbt: these three use nothing of it but ref() and a macro of our own."""
    macros = (ROOT / "dbt_project" / "macros" / "usage.sql").read_text()
    text = macros + (MODELS / f"{model}.sql").read_text()
    return Environment(autoescape=False).from_string(text).render(ref=lambda name: name)  # noqa: S701 - SQL


def rows(path: Path) -> list[Mapping[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))
