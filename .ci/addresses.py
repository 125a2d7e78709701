"""No file of the project holds an address of a package host, a machine's path, or third-party code."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Written in pieces, so that this file passes its own check.
PACKAGE_HOSTS = (
    ("pypi", "org"),
    ("python" + "hosted", "org"),
    ("anaconda", "org"),
    ("npmjs", "org"),
    ("npmjs", "com"),
    ("unpkg", "com"),
    ("js" + "delivr", "net"),
    ("cdn" + "js", "cloudflare", "com"),
    ("bootstrapcdn", "com"),
    ("fonts", "googleapis", "com"),
    ("fonts", "gstatic", "com"),
    ("ajax", "googleapis", "com"),
    ("esm", "sh"),
    ("skypack", "dev"),
    ("crates", "io"),
    ("rubygems", "org"),
    ("ghcr", "io"),
    ("quay", "io"),
    ("docker", "io"),
)
MACHINE_PATHS = (
    ("", "work", "main"),
    ("", "work", "shared"),
    ("", "root", ""),
    ("", "opt", "wheels"),
    ("..", "shared"),
)
FOREIGN_FILES = (".min.js", ".min.css", ".woff", ".woff2", ".ttf", ".otf", ".eot")


def forbidden_text() -> re.Pattern[str]:
    hosts = [re.escape(".".join(parts)) + r"\b" for parts in PACKAGE_HOSTS]
    paths = [re.escape("/".join(parts)) for parts in MACHINE_PATHS]
    return re.compile(r"(?<![\w-])(?:" + "|".join([*hosts, *paths]) + ")", re.IGNORECASE)


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = [name for name in listed.stdout.decode().split("\0") if name]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def findings(files: list[Path]) -> list[str]:
    pattern, found = forbidden_text(), []
    for path in files:
        name = path.relative_to(ROOT).as_posix()
        if name.endswith(FOREIGN_FILES):
            found.append(f"{name}: third-party file")
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), 1):
            if match := pattern.search(line):
                found.append(f"{name}:{number}: {match.group()}")
    return found


if __name__ == "__main__":
    problems = findings(tracked_files())
    sys.exit("\n".join(problems) if problems else 0)
