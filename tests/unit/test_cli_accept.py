"""`gapsight seeds accept`: one more row, and not one other byte."""

from pathlib import Path

import duckdb
import pytest
import yaml

from gapsight.cli.main import main
from gapsight.seeds import check_seeds
from tests.unit.cli_support import ROOT, make_workspace

CATALOG = "flow,title,product,status\ncheckout,Pay,shop,active\nsearch,Find,shop,active\n"
COMPONENT = "repo,path_glob,component,flow\nweb,src/pay/**,pay,checkout\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A workspace with two flows."""
    folder = make_workspace(tmp_path / "shop")
    (folder / "seeds" / "flow_catalog.csv").write_text(CATALOG)
    return folder


def seed(shop: Path, name: str) -> Path:
    return shop / "seeds" / f"{name}.csv"


def accept(shop: Path, *args: str) -> int:
    return main(["seeds", "accept", *args, "--workspace", str(shop)])


def publish(shop: Path, *rows: tuple[str, str, str, str | None, float | None, int]) -> None:
    """Publish an rpt_unmapped with the columns of its contract."""
    path = shop / "var" / "published" / "marts.duckdb"
    path.parent.mkdir(parents=True)
    contract = yaml.safe_load(
        (ROOT / "dbt_project/models/marts/trust/rpt_unmapped.yml").read_text()
    )
    columns = ", ".join(f"{c['name']} {c['data_type']}" for c in contract["models"][0]["columns"])
    with duckdb.connect() as connection:
        connection.execute("attach ? as published", [str(path)])
        connection.execute("use published")
        connection.execute("create schema marts")
        connection.execute(f"create table marts.rpt_unmapped ({columns})")
        connection.executemany(
            "insert into marts.rpt_unmapped"
            " (kind, source, name, suggested_flow, similarity, volume) values (?, ?, ?, ?, ?, ?)",
            list(rows),
        )


@pytest.mark.parametrize(
    ("args", "name", "row"),
    [
        (
            ("route", "web GET /find/{uuid}", "search"),
            "route_patterns",
            "web,GET,/find/{id},search,0",
        ),
        (("route", "SHOP /find", "search"), "route_patterns", "SHOP,*,/find,search,0"),
        (("route", "GET /find", "search"), "route_patterns", "*,GET,/find,search,0"),
        (("route", "/find/**", "search"), "route_patterns", "*,*,/find/**,search,0"),
        (("route", "my web PROPFIND /x", "search"), "route_patterns", "my web,*,/x,search,0"),
        (
            ("event", "Order Placed", "checkout"),
            "event_catalogue",
            "Order Placed,checkout,completed",
        ),
        (
            ("event", 'Say "a, b"', "search", "--role", "started"),
            "event_catalogue",
            '"Say ""a, b""",search,started',
        ),
        (
            ("test", "web tests/pay/x.py", "checkout"),
            "test_paths",
            "web,tests/pay/x.py,checkout,,,",
        ),
        (("test_flow_tag", "payment", "checkout"), "flow_aliases", "test,payment,checkout"),
        (("defect", "Pay", "checkout"), "flow_aliases", "jira,Pay,checkout"),
        (
            ("defect", "Pay", "checkout", "--source", "linear"),
            "flow_aliases",
            "linear,Pay,checkout",
        ),
        (("incident_component", "api", "search"), "flow_aliases", "incidents,api,search"),
        (
            ("coverage_path", "web src/find/**", "search", "--component", "finder"),
            "component_flows",
            "web,src/find/**,finder,search",
        ),
    ],
)
def test_each_kind_goes_to_its_seed(
    args: tuple[str, ...], name: str, row: str, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert accept(shop, *args) == 0
    default = (ROOT / "dbt_project" / "seeds" / f"{name}.csv").read_bytes()
    assert seed(shop, name).read_bytes() == default + row.encode() + b"\n"
    assert f"{name}.csv:2  {row}" in capsys.readouterr().out
    assert not check_seeds(shop / "seeds").problems


@pytest.mark.parametrize(
    ("before", "added"),
    [
        (b"event,flow,role\nA,search,performed\n", b"B,search,performed\n"),
        (b"event,flow,role\nA,search,performed", b"\nB,search,performed\n"),
        (b"event,flow,role\r\nA,search,performed\r\n", b"B,search,performed\r\n"),
        (b"event,flow,role\r\nA,search,performed", b"\r\nB,search,performed\r\n"),
        (b'\xef\xbb\xbfevent,flow,role\n"A",search,performed\n\n', b"B,search,performed\n"),
        (b"role,event,flow\nperformed,A,search\n", b"performed,B,search\n"),
    ],
)
def test_the_rest_of_the_file_stays_byte_by_byte(before: bytes, added: bytes, shop: Path) -> None:
    seed(shop, "event_catalogue").write_bytes(before)
    assert accept(shop, "event", "B", "search") == 0
    assert seed(shop, "event_catalogue").read_bytes() == before + added
    assert not check_seeds(shop / "seeds").problems


def test_a_column_that_a_team_leaves_out_stays_out(shop: Path) -> None:
    seed(shop, "test_paths").write_text("repo,path_glob,flow\n")
    assert accept(shop, "test", "web a.py", "search") == 0
    assert seed(shop, "test_paths").read_text() == "repo,path_glob,flow\nweb,a.py,search\n"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("route", "GET /x", "serch"), "no flow 'serch'; did you mean 'search'?"),
        (("route", "GET /x", "unheard-of"), "add it to flow_catalog.csv first"),
        (("route", "GET x", "search"), "write it as '[SERVICE] [METHOD] /path'"),
        (("severity", "S1", "search"), "no seed says the flow of a severity"),
        (("bogus", "x", "y"), "no seed says the flow of a bogus. There are: route, "),
        (("evnt", "x", "y"), "of a evnt; did you mean 'event'? There are: route, "),
        (("route", "GET /x"), "2 arguments where KIND NAME FLOW are three"),
    ],
)
def test_what_cannot_be_added_is_explained_and_nothing_written(
    args: tuple[str, ...], says: str, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert accept(shop, *args) == 3
    assert says in capsys.readouterr().err
    assert [path.name for path in (shop / "seeds").iterdir()] == ["flow_catalog.csv"]


def test_a_key_that_is_there_is_refused_with_its_line(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed(shop, "event_catalogue").write_text("event,flow,role\nA,search,performed\n")
    assert accept(shop, "event", "A", "checkout") == 3
    assert (
        "event_catalogue.csv:2: event 'A' is there already; edit that row"
        in capsys.readouterr().err
    )
    assert seed(shop, "event_catalogue").read_text().count("A,") == 1


def test_a_seed_that_cannot_be_read_is_left_alone(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed(shop, "event_catalogue").write_text("event;flow;role\n")
    assert accept(shop, "event", "A", "search") == 3
    assert "repair it first: gapsight seeds check" in capsys.readouterr().err
    assert seed(shop, "event_catalogue").read_text() == "event;flow;role\n"


def test_a_dry_run_shows_the_row_and_writes_nothing(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert accept(shop, "event", "A", "search", "--dry-run") == 0
    out = capsys.readouterr().out
    assert "would add" in out
    assert "next       again without --dry-run" in out
    assert not seed(shop, "event_catalogue").exists()


def test_suggestions_are_taken_from_the_similarity_on_most_volume_first(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(
        shop,
        ("event", "mixpanel", "Search Done", "search", 0.9, 10),
        ("route", "access_log", "web GET /search/{id}", "search", 0.6, 500),
        ("route", "access_log", "web GET /other", "search", 0.59, 900),
        ("defect", "linear", "Payments", "checkout", 1.0, 3),
        ("route", "access_log", "web GET /none", None, None, 999),
    )
    assert accept(shop) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert last == f"next       gapsight run --workspace {shop}"
    assert [line.split("  ")[-1] for line in lines] == [
        "web,GET,/search/{id},search,0",
        "Search Done,search,completed",
        "linear,Payments,checkout",
    ]
    assert not check_seeds(shop / "seeds").problems


def test_suggestions_may_be_of_one_kind_and_less_alike(shop: Path) -> None:
    publish(
        shop,
        ("event", "mixpanel", "A", "search", 1.0, 10),
        ("route", "access_log", "web GET /a", "search", 0.5, 5),
    )
    assert accept(shop, "--kind", "route", "--min-similarity", "0.5") == 0
    assert seed(shop, "route_patterns").read_text().endswith("web,GET,/a,search,0\n")
    assert not seed(shop, "event_catalogue").exists()


def test_suggestions_accepted_before_the_next_run_are_left_out(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(
        shop, ("event", "mixpanel", "A", "search", 1.0, 10), ("event", "x", "A", "search", 1.0, 9)
    )
    assert accept(shop) == 1
    assert "left out: event 'A'" in capsys.readouterr().err
    before = seed(shop, "event_catalogue").read_bytes()
    assert accept(shop) == 1
    assert seed(shop, "event_catalogue").read_bytes() == before


def test_no_suggestion_says_what_else_to_do(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish(shop, ("event", "mixpanel", "A", "search", 0.1, 10))
    assert accept(shop) == 0
    assert "lower --min-similarity" in capsys.readouterr().err


# --- Renamed tests


def publish_renames(shop: Path, *rows: tuple[str, str, str, float]) -> None:
    """Publish an rpt_test_alias_proposals with the columns of its contract."""
    path = shop / "var" / "published" / "marts.duckdb"
    path.parent.mkdir(parents=True)
    place = ROOT / "dbt_project/models/marts/core/rpt_test_alias_proposals.yml"
    model = yaml.safe_load(place.read_text())["models"][0]
    columns = ", ".join(f"{c['name']} {c['data_type']}" for c in model["columns"])
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create table rpt_test_alias_proposals ({columns})")
        connection.executemany(
            "insert into rpt_test_alias_proposals (old_id, new_id, status, confidence, evidence)"
            " values (?, ?, ?, ?, 'moved')",
            list(rows),
        )


def aliases(shop: Path) -> list[str]:
    return seed(shop, "test_aliases").read_text().splitlines()


def test_a_renamed_test_is_accepted_by_somebody(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert accept(shop, "test_alias", "web::a", "web::b") == 3
    assert "say who: --accepted-by TEAM" in capsys.readouterr().err
    assert not seed(shop, "test_aliases").exists()
    assert accept(shop, "test_alias", "web::a", "web::b", "--accepted-by", "qa") == 0
    assert aliases(shop) == ["old_id,new_id,accepted_by", "web::a,web::b,qa"]
    assert not check_seeds(shop / "seeds").problems


def test_a_chain_of_names_is_accepted_and_a_circle_is_not(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    by = ("--accepted-by", "qa")
    assert accept(shop, "test_alias", "a", "b", *by) == 0
    assert accept(shop, "test_alias", "b", "c", *by) == 0
    assert accept(shop, "test_alias", "c", "a", *by) == 3
    assert "'a' leads back to 'c'; that is a circle" in capsys.readouterr().err
    assert accept(shop, "test_alias", "d", "d", *by) == 3
    assert accept(shop, "test_alias", "a", "z", *by) == 3
    assert "old_id 'a' is there already" in capsys.readouterr().err
    assert aliases(shop)[1:] == ["a,b,qa", "b,c,qa"]


def test_all_proposals_are_accepted_and_nothing_that_is_only_alike(shop: Path) -> None:
    publish_renames(
        shop,
        ("web::a", "web::b", "proposed", 0.97),
        ("web::c", "web::d", "proposed", 0.9),
        ("web::e", "web::f", "ambiguous", 0.95),
        ("web::g", "web::h", "unproven", 0.3),
    )
    assert (
        accept(shop, "--kind", "test_alias", "--accepted-by", "qa", "--min-confidence", ".95") == 0
    )
    assert aliases(shop)[1:] == ["web::a,web::b,qa"]
    assert accept(shop, "--kind", "test_alias", "--accepted-by", "qa") == 1, "one is there already"
    assert aliases(shop)[1:] == ["web::a,web::b,qa", "web::c,web::d,qa"]


def test_proposals_that_nobody_accepts_are_left_out(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_renames(shop, ("web::a", "web::b", "proposed", 0.97))
    assert accept(shop, "--kind", "test_alias") == 1
    assert "--accepted-by TEAM" in capsys.readouterr().err
    assert not seed(shop, "test_aliases").exists()


def propose(shop: Path, *args: str) -> int:
    return main(["aliases", "propose", *args, "--workspace", str(shop)])


def test_what_is_proposed_is_listed_with_its_reason_and_the_step_to_accept_it(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_renames(shop, ("web::a", "web::b", "proposed", 0.9), ("c", "d", "unproven", 0.3))
    assert propose(shop) == 0
    told = capsys.readouterr()
    assert "web::a  web::b  90 %  no other test has this name" in told.out
    assert "unproven" not in told.out
    assert "1 proposed; accept one: gapsight seeds accept test_alias OLD NEW" in told.err
    assert propose(shop, "--all", "--format", "markdown") == 0
    assert "| unproven | c | d | 30 % |" in capsys.readouterr().out


def test_csv_is_rows_that_the_seed_takes_as_they_are(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_renames(shop, ("web::a[1, 2]", "web::b", "proposed", 0.9), ("c", "d", "ambiguous", 0.5))
    assert propose(shop, "--format", "csv", "--all", "--accepted-by", "qa") == 0
    rows = capsys.readouterr().out
    assert rows == '"web::a[1, 2]",web::b,qa\n'
    seed(shop, "test_aliases").write_text("old_id,new_id,accepted_by\n" + rows)
    assert not check_seeds(shop / "seeds").problems


def test_no_proposal_says_where_to_look(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish_renames(shop, ("a", "b", "unproven", 0.3))
    assert propose(shop) == 0
    assert "--all shows what is only alike" in capsys.readouterr().err
    assert propose(shop, "--marts", str(shop / "nothing.duckdb")) == 3
