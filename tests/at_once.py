"""Several connections at once, for rules that hold only under a lock."""

import threading
from collections.abc import Callable

from django.db import close_old_connections, connection


def at_once(*jobs: Callable[[], object]) -> list[Exception | None]:
    """Run the jobs in threads of their own, started together; gives what each raised, or None."""
    barrier = threading.Barrier(len(jobs))
    outcomes: list[Exception | None] = [None] * len(jobs)

    def run(place: int, job: Callable[[], object]) -> None:
        close_old_connections()
        barrier.wait()
        try:
            job()
        except Exception as refusal:
            outcomes[place] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return outcomes
