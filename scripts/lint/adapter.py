"""A stand-in for dbt's adapter: a dispatched macro becomes a plain function call."""

from collections.abc import Callable


def dispatch(name: str, package: str) -> Callable[..., str]:
    def call(*arguments: object) -> str:
        return f"{name}({', '.join(str(a) for a in arguments)})"

    return call
