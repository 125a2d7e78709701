"""Every package that ships (requirements/run.txt) has a known licence that lets this project be used as it is."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFUSED = re.compile(r"\b(A?GPL|GNU (Affero )?General Public|SSPL|BUSL|Commons Clause)", re.IGNORECASE)
LESSER = re.compile(r"\b(LGPL|Lesser General Public)", re.IGNORECASE)
PERMISSIVE = re.compile(
    r"MIT|BSD|Apache|PSF|Python Software Foundation|ISC|MPL|Mozilla|PostgreSQL|Unlicense|Zlib|0BSD|CC0|HPND|ZPL",
    re.IGNORECASE,
)


def shipped() -> set[str]:
    lines = (ROOT / "requirements" / "run.txt").read_text().splitlines()
    return {normal(line.partition("==")[0]) for line in lines if "==" in line}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.partition("[")[0].strip()).lower()


def findings() -> list[str]:
    command = [sys.executable, "-m", "piplicenses", "--from=mixed", "--format=json", "--with-system"]
    listed = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    licences = {normal(entry["Name"]): entry["License"] for entry in listed}
    return [
        f"{name}: {licences[name]}" for name in sorted(shipped() & licences.keys()) if not is_accepted(licences[name])
    ]


def is_accepted(licence: str) -> bool:
    """One of the choices a package offers is permissive, or asks for its own changes back and no more."""
    choices = (LESSER.sub("Lesser", choice) for choice in re.split(r"\s+OR\s+", licence))
    return any((PERMISSIVE.search(one) or "Lesser" in one) and not REFUSED.search(one) for one in choices)


if __name__ == "__main__":
    problems = findings()
    sys.exit("\n".join(problems) if problems else 0)
