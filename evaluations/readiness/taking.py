"""Failure tests that come in where result files are sent: recognised by their first bytes, entered at once."""

import re
from datetime import datetime

from evaluations.candidates.models import Evaluation
from evaluations.readiness import actions, reading
from evaluations.teams.models import Person
from evaluations.uploads.takers import NotTaken, Taker

FORMAT = re.compile(rb'\A(?:\xef\xbb\xbf)?\s*\{.*?"format"\s*:\s*"' + re.escape(reading.FORMAT.encode()) + rb'"', re.S)


def recognises(head: bytes) -> bool:
    return FORMAT.match(head) is not None


def take(*, evaluation: Evaluation, content: bytes, file_name: str, by: Person, at: datetime) -> str:
    """Enter every failure test of the file; how many that were, in words. Raises NotTaken with every fault."""
    try:
        fresh, known = actions.add_file(evaluation=evaluation, content=content, file_name=file_name, by=by, at=at)
    except actions.AllHereAlready:
        return "every failure test of it is here already."
    except reading.Unreadable as faults:
        raise NotTaken(str(faults)) from faults
    here = f"; {known} stood already" if known else ""
    return f"{len(fresh)} failure test{'' if len(fresh) == 1 else 's'} entered under Readiness{here}."


TAKER = Taker(recognises=recognises, limit=reading.LARGEST_FILE, take=take)
