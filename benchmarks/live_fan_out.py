"""One change told to many open streams by the real live process: milliseconds until each of them has it.

    python -m benchmarks.live_fan_out [--full]

The streams are 1,000, with --full 5,000. Where nginx with nchan was measured, its 99th percentile at 5,000 streams
was 56 ms; three times that is the limit, and in proportion for fewer streams.
"""

import argparse
import asyncio
import json
import math
import os
import resource
import statistics
import time

import psutil

from benchmarks.private_services import log_unseen, private_services
from benchmarks.rows import Row, run_alone

STREAMS, FULL, CHANGES, LOG = 1_000, 5_000, 9, 4711
RECORDED_P99_MS_AT_FULL, TIMES_AS_LONG, KB_A_STREAM = 56.0, 3, 15
SECRET, PATIENCE_S = "a secret of the benchmark alone", 60.0

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


def measure(options: argparse.Namespace) -> list[Row]:
    many = FULL if options.full else STREAMS
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, FULL * 2), most))
    with private_services(), log_unseen():
        from fwselect.local import commands
        from tests.real_processes import RealProcess, free_port, listens

        port = free_port()
        given = {"FWSELECT_LIVE_PORT": str(port), "FWSELECT_LIVE_SECRET": SECRET}
        live = RealProcess("live", commands.live(), {**os.environ, **commands.CHILD_ENVIRONMENT, **given})
        try:
            live.wait_for(lambda: listens(port))
            return asyncio.run(_measured(port, psutil.Process(live.process.pid), many))
        finally:
            live.stop()


async def _measured(port: int, live: psutil.Process, many: int) -> list[Row]:
    import redis

    broker = redis.Redis.from_url(os.environ["REDIS_URL"])
    before = live.memory_info().rss
    streams = [await _opened(port, person) for person in range(1, many + 1)]
    memory_kb = (live.memory_info().rss - before) / 1024 / many
    worst: list[float] = []
    cpu_us: list[float] = []
    for revision in range(1, CHANGES + 1):
        used = sum(live.cpu_times()[:2])
        waits = [asyncio.create_task(_heard(reader, revision)) for reader, _ in streams]
        await asyncio.sleep(0)
        begun = time.perf_counter()
        broker.set(f"fwselect:log:{LOG}:revision", str(revision))
        broker.publish(f"fwselect:log:{LOG}", json.dumps({"log": LOG, "revision": revision}))
        heard = sorted(moment - begun for moment in await asyncio.wait_for(asyncio.gather(*waits), PATIENCE_S))
        worst.append(heard[math.ceil(0.99 * many) - 1] * 1000)
        cpu_us.append((sum(live.cpu_times()[:2]) - used) / many * 1e6)
    for _, writer in streams:
        writer.close()
    limit_ms = TIMES_AS_LONG * RECORDED_P99_MS_AT_FULL * many / FULL
    name = f"one change to {many:,} streams"
    note = f"every stream served; nchan at {FULL:,}: {RECORDED_P99_MS_AT_FULL:g} ms"
    return [
        Row(f"{name}, p99", statistics.median(worst), "ms", "", None, limit_ms, "figure", note),
        Row(f"{name}, processor time a stream", statistics.fmean(cpu_us), "us", "", None, None, "figure"),
        Row(f"{name}, memory a stream", memory_kb, "KB", "", None, KB_A_STREAM, "figure"),
    ]


async def _opened(port: int, person: int) -> tuple[Reader, Writer]:
    from evaluations.live import tickets

    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    ticket = tickets.issue(log_id=LOG, person_id=person, secret=SECRET, now=time.time())
    writer.write(f"GET /live/stream?ticket={ticket} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
    if b" 200 " not in head.split(b"\r\n", 1)[0]:
        raise RuntimeError(f"a stream was refused: {head[:200]!r}")
    return reader, writer


async def _heard(reader: Reader, revision: int) -> float:
    """The moment at which the stream has the revision."""
    await reader.readuntil(f"event: revision\ndata: {revision}\n\n".encode())
    return time.perf_counter()


if __name__ == "__main__":
    run_alone(measure, __doc__ or "")
