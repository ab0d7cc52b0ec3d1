"""Reading many units at once: worker processes, and what happens when one of them dies."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from typing import TypeVar

from orchestration.reading import Job, Portion, read_portion, unreadable

# Starting worker processes costs about a second: worth it for many files or large ones only.
PARALLEL_FILES = 500
PARALLEL_BYTES = 8 << 20
MAX_WORKERS = 4  # memory: each may hold a large file's rows
CHUNK_FILES = 64
CHUNK_BYTES = 8 << 20

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def read_all(jobs: Sequence[Job]) -> Iterator[Portion]:
    """Results in the order of the jobs, some at a time."""
    chunks = _chunks(jobs)
    if len(jobs) < PARALLEL_FILES and sum(map(_size, jobs)) < PARALLEL_BYTES:
        yield from map(read_portion, chunks)
        return
    done = 0
    while done < len(chunks):
        try:
            for chunk in _in_workers(read_portion, chunks[done:]):
                done += 1
                yield chunk
        except BrokenExecutor:  # a worker died: memory, mostly; find out which file it was
            yield from map(_read_alone, chunks[done])
            done += 1


def run_all(task: Callable[[_In], _Out], items: Sequence[_In]) -> Iterator[_Out]:
    """Results of short tasks in their order; a worker that dies ends the run."""
    if len(items) < PARALLEL_FILES:
        yield from map(task, items)
    else:
        yield from _in_workers(task, items, together=16)


def _in_workers(
    task: Callable[[_In], _Out], items: Sequence[_In], *, together: int = 1
) -> Iterator[_Out]:
    workers = min(os.cpu_count() or 1, MAX_WORKERS, len(items))
    if workers < 2:
        yield from map(task, items)
        return
    with _pool(workers) as pool:
        yield from pool.map(task, items, chunksize=together)


def _chunks(jobs: Sequence[Job]) -> list[list[Job]]:
    """Files of the same source and day together, so that their small parts become one."""
    chunks: list[list[Job]] = []
    room = 0
    for job in jobs:
        size = _size(job)
        last = chunks[-1] if chunks else []
        alike = last and (last[0].unit.source, last[0].unit.day) == (job.unit.source, job.unit.day)
        if not alike or len(last) >= CHUNK_FILES or size > room:
            chunks.append([])
            room = CHUNK_BYTES
        chunks[-1].append(job)
        room -= size
    return chunks


def _size(job: Job) -> int:
    try:
        return job.place.stat().st_size
    except OSError:
        return 0


def _read_alone(job: Job) -> Portion:
    try:
        with _pool(1) as pool:
            return pool.submit(read_portion, [job]).result()
    except BrokenExecutor:
        return unreadable(
            job, "the process that read it was killed: too large for this machine's memory?"
        )


class _pool(ProcessPoolExecutor):  # noqa: N801 - reads as a function
    """Worker processes that end with their parent and leave nothing queued when it stops early."""

    def __init__(self, workers: int) -> None:
        super().__init__(workers, mp_context=get_context("spawn"), initializer=_start_worker)

    def __exit__(self, *error: object) -> None:
        if error[0]:  # stopped: what a worker was about is not wanted any more
            for process in dict(self._processes or {}).values():
                process.terminate()
        self.shutdown(wait=True, cancel_futures=True)


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    os.environ["POLARS_MAX_THREADS"] = "1"  # the cores are taken by the workers themselves
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        os._exit(1)
