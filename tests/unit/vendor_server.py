"""A vendor on loopback: a real server that says exactly the bytes a test wants, whole or broken."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

Reply = bytes | Sequence[bytes | float]
"""What is sent; of a sequence its numbers are pauses in seconds."""


@dataclass(frozen=True)
class Asked:
    """One request, as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Vendor:
    """Answers by a function of the request; keeps what was asked."""

    answer: Callable[[Asked], Reply]
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    _socket: socket.socket | None = None

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._socket:
            # close() alone would leave the thread in accept().
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()

    def _serve(self) -> None:
        while self._socket:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(client,), daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            request = _request(client)
            if request is None:
                return
            self.asked.append(request)
            reply = self.answer(request)
            for piece in [reply] if isinstance(reply, bytes) else reply:
                if isinstance(piece, bytes):
                    client.sendall(piece)
                else:
                    time.sleep(piece)


def in_turn(*replies: Reply) -> Callable[[Asked], Reply]:
    """One reply after the other, the last one again and again."""
    left: Iterator[Reply] = iter(replies[:-1])
    return lambda _asked: next(left, replies[-1])


def reply(body: bytes | str | object = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer; `Content_Type="..."` names a header; an object is sent as JSON."""
    if not isinstance(body, bytes | str):
        body, headers = json.dumps(body), {"Content_Type": "application/json", **headers}
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", "Connection: close"]
    headers = {"Content_Length": str(len(data)), **headers}
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items() if value]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def zipped(body: bytes, cut: int = 0, **headers: str) -> bytes:
    """A gzip answer, its last `cut` bytes missing though Content-Length fits."""
    packed = gzip.compress(body, mtime=0)
    packed = packed[: len(packed) - cut]
    return reply(packed, **{"Content_Encoding": "gzip", **headers})


def _request(client: socket.socket) -> Asked | None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = client.recv(1 << 16)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += client.recv(1 << 16)
    parts = urlsplit(target)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return Asked(method, parts.path, query, headers, body)
