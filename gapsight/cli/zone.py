"""The option --zone: a time zone, checked when it is given."""

import click


def checked(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """Return the zone's name; a usage error that shows how to write one if there is none."""
    from zoneinfo import ZoneInfo

    if value is None:
        return None
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        text = f"there is no time zone '{value}'; write a name such as Europe/Berlin or UTC"
        raise click.BadParameter(text) from None
