"""k6's WebSocket metrics: connections held at once, how long connecting took, how long messages took.

`ws_sessions` is counted when a connection is asked for, `ws_session_duration` (ms) when it ends: between them it is
held. `ws_ping` and `ws_message_time` (a trend of the spike kit's script) are the times messages took, in ms.
"""

from collections.abc import Callable, Mapping

from .durations import Durations
from .jsontext import count, number
from .measurements import Numbers
from .refusal import Rejected

PREFIX = "ws_"
MESSAGES = ("ws_message_time", "ws_ping")
SECONDS_KEPT = 200_000
LARGEST = 1e15
SHOWN = ("min", "mean", "p50", "p90", "p95", "p99", "max")
Values = Callable[[str], Mapping[str, object]]


class Sockets:
    """What the points of a run say of its WebSockets, added up."""

    def __init__(self) -> None:
        self.sessions = 0
        self.sent = 0
        self.received = 0
        self._steps: dict[int, int] = {}
        self._connecting = Durations()
        self._held = Durations()
        self._messages = {name: Durations() for name in MESSAGES}

    def add(self, metric: str, at: float, value: float) -> None:
        if not abs(value) <= LARGEST:
            raise Rejected(f"{metric} is {value:g}, which is not a measurement")
        if metric == "ws_sessions":
            self.sessions += int(value)
            self._step(int(at), int(value))
        elif metric == "ws_session_duration":
            self._held.add(value)
            self._step(int(at) + 1, -1)
        elif metric == "ws_connecting":
            self._connecting.add(value)
        elif metric == "ws_msgs_sent":
            self.sent += int(value)
        elif metric == "ws_msgs_received":
            self.received += int(value)
        elif metric in self._messages:
            self._messages[metric].add(value)

    def _step(self, second: int, by: int) -> None:
        if second in self._steps or len(self._steps) < SECONDS_KEPT:
            self._steps[second] = self._steps.get(second, 0) + by

    def context(self) -> dict[str, object]:
        """For the run's context; empty where no WebSocket was opened."""
        if not self.sessions:
            return {}
        timed = next((each for each in self._messages.values() if each.count), None)
        found: dict[str, object] = {
            "websocket_connections": self._most(),
            "websocket_rule": "most open in any second, counted from the points",
            "websocket_sessions": self.sessions,
            "websocket_connect_ms": _shown(self._connecting.numbers()) if self._connecting.count else None,
            "websocket_message_ms": _shown(timed.numbers()) if timed else None,
            "websocket_messages_sent": self.sent,
            "websocket_messages_received": self.received,
        }
        return {key: value for key, value in found.items() if value is not None}

    def _most(self) -> int:
        held = most = 0
        for second in sorted(self._steps):
            held += self._steps[second]
            most = max(most, held)
        return most


def of_summary(values: Values, duration_s: float | None) -> dict[str, object]:
    """The same from a summary, which does not tell how many were open at once: their mean is computed instead."""
    sessions, held = count(values("ws_sessions"), "count", "ws_sessions"), values("ws_session_duration")
    if not sessions:
        return {}
    mean_ms = number(held, "avg", "ws_session_duration")
    connections = sessions * mean_ms / 1000 / duration_s if mean_ms is not None and duration_s else None
    timed = next((values(name) for name in MESSAGES if values(name)), {})
    found: dict[str, object] = {
        "websocket_connections": None if connections is None else min(float(sessions), connections),
        "websocket_rule": None if connections is None else "mean held: sessions x mean duration / time of the test",
        "websocket_sessions": sessions,
        "websocket_connect_ms": _trend(values("ws_connecting")),
        "websocket_message_ms": _trend(timed),
        "websocket_messages_sent": count(values("ws_msgs_sent"), "count", "ws_msgs_sent"),
        "websocket_messages_received": count(values("ws_msgs_received"), "count", "ws_msgs_received"),
    }
    return {key: value for key, value in found.items() if value}


_NAMES = {"min": "min", "avg": "mean", "med": "p50", "p(50)": "p50", "p(90)": "p90", "p(95)": "p95", "p(99)": "p99"}


def _trend(values: Mapping[str, object]) -> dict[str, float]:
    found = {ours: number(values, theirs) for theirs, ours in {**_NAMES, "max": "max"}.items() if theirs in values}
    return {name: value for name, value in found.items() if value is not None}


def _shown(numbers: Numbers) -> dict[str, float]:
    return {name: value for name in SHOWN if (value := getattr(numbers, name)) is not None}
