"""Files sent together that belong together become one: Locust's tables of one run, and a run with its samples.

What a file is, is told by its content; names only tell apart which of several runs it belongs to.
"""

import re
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from evaluations.spikes.readers import detect
from evaluations.uploads.storing import BLOCK, shown_name

HEAD = 4096
IN_MEMORY = 4 << 20
STATS, SAMPLES = "locust_stats_csv", "fwselect_samples_csv"
BESIDE_STATS = {"locust_history_csv", "locust_failures_csv", "locust_exceptions_csv", "locust_distribution_csv"}
ENDING = re.compile(
    r"[-_. ]?(stats_history|stats|requests|failures|exceptions|distribution|samples|locust|k6|summary|report)?"
    r"(\.[a-z0-9]{1,8}){0,2}\Z",
    re.I,
)
SAME_MOMENT = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Parcel:
    """One file as it was sent."""

    file: IO[bytes]
    name: str


@dataclass(frozen=True)
class Bundle:
    """Parcels of one run, in the order in which they were sent."""

    parcels: tuple[Parcel, ...]

    @property
    def name(self) -> str:
        return self.parcels[0].name if len(self.parcels) == 1 else f"{run_of(self.parcels[0].name) or 'run'}.zip"


def bundled(parcels: Sequence[Parcel]) -> list[Bundle]:
    """The parcels of one candidate and workload, those of one run together; nobody is lost, nobody comes twice."""
    kinds = [_kind(parcel) for parcel in parcels]
    places = defaultdict(list)
    for place, kind in enumerate(kinds):
        places[kind].append(place)
    owner = {place: place for place in range(len(parcels))}
    for kind in BESIDE_STATS:
        _join(places[kind], places[STATS], parcels, owner)
    companions = {place for kind in BESIDE_STATS for place in places[kind]}
    runs = [
        place
        for place, kind in enumerate(kinds)
        if kind and kind != SAMPLES and not (place in companions and owner[place] != place)
    ]
    _join(places[SAMPLES], runs, parcels, owner)
    groups: dict[int, list[Parcel]] = {}
    for place, parcel in enumerate(parcels):
        groups.setdefault(owner[place], []).append(parcel)
    return [Bundle(tuple(group)) for group in groups.values()]


def _join(guests: list[int], hosts: list[int], parcels: Sequence[Parcel], owner: dict[int, int]) -> None:
    """Each guest goes to the only host there is, else to the only one whose name begins alike."""
    for guest in guests:
        alike = [host for host in hosts if run_of(parcels[host].name) == run_of(parcels[guest].name)]
        rivals = [other for other in guests if run_of(parcels[other].name) == run_of(parcels[guest].name)]
        if len(hosts) == 1 and len(guests) == 1:
            owner[guest] = hosts[0]
        elif len(alike) == 1 and len(rivals) == 1:
            owner[guest] = alike[0]


def run_of(name: str) -> str:
    """What the names of one run's files begin with: "django_1" of "django_1_stats_history.csv"."""
    return ENDING.sub("", shown_name(name))


def _kind(parcel: Parcel) -> str | None:
    parcel.file.seek(0)
    head = parcel.file.read(HEAD)
    parcel.file.seek(0)
    return detect(head)


@contextmanager
def opened(bundle: Bundle) -> Iterator[IO[bytes]]:
    """The bundle as one file. Several become an archive that is the same, byte by byte, for the same files."""
    if len(bundle.parcels) == 1:
        yield bundle.parcels[0].file
        return
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as packed:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            for name, parcel in sorted(_named(bundle.parcels).items()):
                member = zipfile.ZipInfo(name, SAME_MOMENT)
                with archive.open(member, "w", force_zip64=True) as inside:
                    parcel.file.seek(0)
                    while block := parcel.file.read(BLOCK):
                        inside.write(block)
        packed.seek(0)
        yield packed


def _named(parcels: Sequence[Parcel]) -> dict[str, Parcel]:
    found: dict[str, Parcel] = {}
    for parcel in parcels:
        name = shown_name(parcel.name)
        found[name if name not in found else f"{len(found)}-{name}"] = parcel
    return found
