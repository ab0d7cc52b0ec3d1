"""What Dagster itself costs: a step in this process, and the load of the code location."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.demo_workspace import DemoWorkspace
from benchmarks.figures import Bar, Figure, judged
from benchmarks.probe import middle, probe, repeated, side_by_side
from benchmarks.rows import workspace

FEW, MANY = 4, 24


def steps(folder: Path, _size: float) -> list[Figure]:
    """Seconds that one more step costs, in the instance of a workspace."""
    place = workspace.new(folder / "shop")
    pairs = side_by_side(
        lambda: probe("benchmarks.rows.dagster_steps:run_steps", place, MANY),
        lambda: probe("benchmarks.rows.dagster_steps:run_steps", place, FEW),
    )
    a_step = middle([(many.seconds - few.seconds) / (MANY - FEW) for many, few in pairs])
    whole = middle([many.seconds for many, _ in pairs])
    return [
        judged(
            "a Dagster step that does nothing, in the run's process",
            Bar("<=", 0.5, "s"),
            a_step,
            reference=f"a run of {FEW} such steps",
            measured=f"a run of {MANY}: {whole:.2f} s",
        )
    ]


def run_steps(place: str, count: str) -> Callable[[], int]:
    """A run of so many trivial assets, each behind the one before, as `gapsight run` runs its own."""
    import dagster as dg

    from orchestration.dagster_home import prepared
    from orchestration.settings import load

    def asset_(number: int) -> dg.AssetsDefinition:
        @dg.asset(name=f"step_{number}", deps=[f"step_{number - 1}"] if number else [])
        def step() -> None: ...

        return step

    assets = [asset_(number) for number in range(int(count))]
    defs = dg.Definitions(assets=assets, executor=dg.in_process_executor)
    job = defs.resolve_implicit_global_asset_job_def()

    def work() -> int:
        with prepared(load(Path(place), environ={})), dg.DagsterInstance.get() as instance:
            quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
            result = job.execute_in_process(instance=instance, run_config=quiet)
            return len(result.get_step_success_events())

    return work


def location(folder: Path, _size: float) -> list[Figure]:
    """Seconds until the definitions of a parsed workspace stand, from the start of the process."""
    place = DemoWorkspace(folder, 1).folder
    repeated(
        lambda: probe("benchmarks.rows.dagster_steps:load_location", place), 1
    )  # parses the project
    pairs = side_by_side(
        lambda: probe("benchmarks.rows.dagster_steps:load_location", place),
        lambda: probe("benchmarks.rows.dagster_steps:import_dagster_dbt"),
        times=5,
    )
    ratio = middle([ours.whole_seconds / theirs.whole_seconds for ours, theirs in pairs])
    seconds = [middle([pair[n].whole_seconds for pair in pairs]) for n in (0, 1)]
    return [
        judged(
            "load of the code location",
            Bar("<=", 1.3),
            ratio,
            reference="import dagster_dbt",
            measured=f"{seconds[0]:.2f} s against {seconds[1]:.2f} s",
        )
    ]


def load_location(place: str) -> Callable[[], int]:
    """What Dagster's code server does at its start."""

    def work() -> int:
        from orchestration.definitions import build_defs
        from orchestration.settings import load

        defs = build_defs(load(Path(place), environ={}))
        return len(defs.get_repository_def().get_all_jobs())

    return work


def import_dagster_dbt() -> Callable[[], str]:
    """The library that every dbt project in Dagster has to import."""

    def work() -> str:
        import dagster_dbt

        return str(dagster_dbt.__version__)

    return work
