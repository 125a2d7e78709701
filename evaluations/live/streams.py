"""The open streams of this process, and what each still has to say. No network here, no clock of its own."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from random import SystemRandom

UNKNOWN = "?"
MOST_PER_PERSON = 40
LIFE_SECONDS = 900.0
RECHECK_SECONDS = 60.0
REVOCATION_KEPT_SECONDS = 120.0
MOST_JOBS_PENDING = 50
SPREAD = SystemRandom()


def event(name: str, data: str) -> bytes:
    return f"event: {name}\ndata: {data}\n\n".encode()


def farewell() -> bytes:
    """Ends a stream; the wait it asks for, in milliseconds, spreads the reconnects of all that end together."""
    wait_ms = SPREAD.randint(300, 3000)
    return f"retry: {wait_ms}\nevent: end\ndata: {wait_ms}\n\n".encode()


BEAT = event("beat", "")


@dataclass(slots=True, eq=False)
class Stream:
    """One browser's stream. It holds the newest revision only: a slow reader skips numbers, never queues them."""

    log_id: int
    person_id: int
    ends_at: float
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    revision: str | None = None
    jobs: dict[int, None] | None = None
    beat: bool = False
    ended: bool = False
    dismissed: bool = False
    gone: bool = False

    def tell_revision(self, revision: str) -> None:
        self.revision = revision
        self.wake.set()

    def tell_job(self, job_id: int) -> None:
        self.jobs = self.jobs or {}
        if len(self.jobs) < MOST_JOBS_PENDING:
            self.jobs[job_id] = None
        self.wake.set()

    def tell_beat(self) -> None:
        self.beat = True
        self.wake.set()

    def end(self) -> None:
        self.ended = True
        self.wake.set()

    def leave(self) -> None:
        self.gone = True
        self.wake.set()

    def taken(self) -> bytes:
        """What is to be sent now; empty when there is nothing. With a farewell in it, it is the last, and `dismissed`.

        Whoever ends the stream while that is being sent is heard at the next taking, not passed over.
        """
        self.wake.clear()
        parts = []
        if self.revision is not None:
            parts.append(event("revision", self.revision))
        parts += [event("job", str(job_id)) for job_id in self.jobs or ()]
        if self.beat and not parts:
            parts.append(BEAT)
        self.revision, self.jobs, self.beat = None, None, False
        if self.ended:
            self.dismissed = True
            parts.append(farewell())
        return b"".join(parts)


class Streams:
    """Fans one subscription's messages out to the streams of the log they are about."""

    def __init__(self) -> None:
        self.by_log: dict[int, set[Stream]] = defaultdict(set)
        self.known: dict[int, str] = {}
        self.revoked: dict[tuple[int, int], float] = {}
        self.counts = {"opened": 0, "refused": 0, "messages": 0, "sent": 0, "signal_lost": 0}

    def __len__(self) -> int:
        return sum(len(streams) for streams in self.by_log.values())

    def everyone(self) -> list[Stream]:
        return [stream for streams in self.by_log.values() for stream in streams]

    def open(self, log_id: int, person_id: int, now: float) -> Stream:
        stream = Stream(log_id, person_id, ends_at=now + LIFE_SECONDS * SPREAD.uniform(0.8, 1.2))
        self.by_log[log_id].add(stream)
        self.counts["opened"] += 1
        return stream

    def close(self, stream: Stream) -> None:
        streams = self.by_log.get(stream.log_id, set())
        streams.discard(stream)
        if not streams:
            self.by_log.pop(stream.log_id, None)
            self.known.pop(stream.log_id, None)

    def is_full_for(self, log_id: int, person_id: int) -> bool:
        mine = sum(stream.person_id == person_id for stream in self.by_log.get(log_id, ()))
        return mine >= MOST_PER_PERSON

    def was_revoked(self, log_id: int, person_id: int, issued_at: float) -> bool:
        return issued_at <= self.revoked.get((log_id, person_id), -1.0)

    def hear(self, message: dict[str, object], now: float) -> None:
        """One message of the pages or the workers: a new revision, a job that moved, or a person's access withdrawn."""
        self.counts["messages"] += 1
        log_id = message.get("log")
        if not isinstance(log_id, int):
            return
        streams = tuple(self.by_log.get(log_id, ()))
        revision, job_id, person_id = message.get("revision"), message.get("job"), message.get("revoke")
        if isinstance(revision, int):
            if streams:
                self.known[log_id] = str(revision)
            for stream in streams:
                stream.tell_revision(str(revision))
        if isinstance(job_id, int):
            for stream in streams:
                stream.tell_job(job_id)
        if isinstance(person_id, int):
            self.revoked[log_id, person_id] = now
            for stream in streams:
                if stream.person_id == person_id:
                    stream.end()

    def signal_lost(self, now: float) -> None:
        """Nothing is known any more: all shall ask, and within a minute prove again that they may listen."""
        self.known.clear()
        self.counts["signal_lost"] += 1
        for stream in self.everyone():
            stream.ends_at = min(stream.ends_at, now + SPREAD.uniform(5, RECHECK_SECONDS))
            stream.tell_revision(UNKNOWN)

    def ask_all(self) -> None:
        for stream in self.everyone():
            stream.tell_revision(UNKNOWN)

    def beat(self, now: float) -> None:
        self.revoked = {key: at for key, at in self.revoked.items() if now - at < REVOCATION_KEPT_SECONDS}
        for stream in self.everyone():
            if now >= stream.ends_at:
                stream.end()
            else:
                stream.tell_beat()

    def end_all(self) -> None:
        for stream in self.everyone():
            stream.end()

    def as_prometheus(self, connected: bool) -> str:
        gauges = {"streams": len(self), "logs": len(self.by_log), "signal_connected": int(connected)}
        lines = [f"# TYPE fwselect_live_{name} gauge\nfwselect_live_{name} {count}" for name, count in gauges.items()]
        for name, count in self.counts.items():
            lines.append(f"# TYPE fwselect_live_{name}_total counter\nfwselect_live_{name}_total {count}")
        return "\n".join(lines) + "\n"
