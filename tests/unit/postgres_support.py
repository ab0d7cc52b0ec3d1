"""A PostgreSQL of the test's own: a cluster in a temporary folder, run by nobody, ended by its number."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

PASSWORD = "c0rrect/horse@staple%"
"""With every sign that means something in a URL."""
QUOTED = "c0rrect%2Fhorse%40staple%25"


class Cluster(NamedTuple):
    """A running server."""

    port: int

    def url(self, user: str = "reader", password: str = QUOTED, base: str = "shop") -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{base}"

    def run(self, *statements: str, base: str = "shop") -> None:
        """As the owner of everything, each by itself."""
        with psycopg.connect(self.url("owner", base=base), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def value(self, query: str) -> Any:
        with psycopg.connect(self.url("owner"), autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
            assert row
            return row[0]


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Skips where PostgreSQL is not installed and cannot be."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="gapsight-postgresql-"))
    try:
        who = _nobody(folder)
        word = folder / "password"
        word.write_text(PASSWORD)
        word.chmod(0o644)
        data = folder / "data"
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "owner", "--auth=scram-sha-256", "--no-sync",
             f"--pwfile={word}", "--encoding=UTF8", "--locale=C"],
            check=True, capture_output=True, **who,
        )  # fmt: skip
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        settings = ("listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "fsync=off",
                    "TimeZone=America/New_York")  # fmt: skip
        words = [word for setting in settings for word in ("-c", setting)]
        log = (folder / "log").open("wb")
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-p", str(port), *words],
            stdout=log, stderr=log, cwd=folder, **who,
        )  # fmt: skip
        try:
            yield _ready(Cluster(port), server, folder / "log")
        finally:
            server.send_signal(signal.SIGINT)  # its fast shutdown
            server.wait(30)
            log.close()
    finally:
        shutil.rmtree(folder)


def _programs() -> Path:
    def found() -> list[Path]:
        places = Path("/usr/lib/postgresql").glob("*/bin/postgres")
        return sorted(places, key=lambda place: int(place.parts[-3]))

    if not found() and os.geteuid() == 0 and shutil.which("apt-get"):
        for words in (("update",), ("install", "-y", "--no-install-recommends", "postgresql")):
            # At this level Debian starts no cluster of its own.
            quiet = {**os.environ, "RUNLEVEL": "1", "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run(["apt-get", "-qq", *words], check=False, capture_output=True, env=quiet)
    if not found():
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    return found()[-1].parent


def _nobody(folder: Path) -> Mapping[str, Any]:
    """PostgreSQL refuses to be run by the superuser."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _ready(server: Cluster, process: subprocess.Popen[bytes], log: Path) -> Cluster:
    until = time.monotonic() + 30
    while True:
        try:
            server.run(
                "create database shop encoding 'UTF8'",
                f"create role reader login password '{PASSWORD}'",
                base="postgres",
            )
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError(log.read_text()[-2000:]) from None
            time.sleep(0.1)
        else:
            return server
