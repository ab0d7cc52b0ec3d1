"""`gapsight dev`: the Dagster UI."""

import click

from gapsight.cli import options


@click.command(
    short_help="Open the Dagster UI on this machine.",
    epilog="Example: gapsight dev --workspace examples/shop --port 3001",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=3000,
    show_default=True,
    help="Port on 127.0.0.1.",
)
@options.place()
def dev(*, place: options.Place, port: int) -> None:
    """Serve the Dagster UI of the workspace on 127.0.0.1, with schedules, until Ctrl-C."""
    from orchestration.dev import serve

    serve(place.settings(), port)
