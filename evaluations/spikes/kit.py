"""The spike kit: what puts a service under the agreed workload and measures it, ready to be unpacked and started.

The scripts are the same for every workload: they read `workload.json`, which carries the workload's fingerprint.
"""

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evaluations.spikes.models import Workload

FILES = Path(__file__).parent / "kit_files"
SCRIPTS = ("locustfile.py", "load.js", "sampler.py")
SAME_MOMENT = (1980, 1, 1, 0, 0, 0)
WITH_A_BODY = {"POST", "PUT", "PATCH"}
FAILURE_TESTS = ("database_refused", "database_unresponsive", "slow_clients", "sigterm", "cold_start")
"""Kinds of failure tests that readiness reads (docs/failure-tests.md)."""


def packed(workload: Workload, *, candidates: Sequence[str], send_to: str) -> bytes:
    """The kit as a ZIP archive, the same bytes for the same workload. candidates: names; send_to: the API's address."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(contents(workload, candidates=candidates, send_to=send_to).items()):
            member = zipfile.ZipInfo(f"{folder_of(workload)}/{name}", SAME_MOMENT)
            member.external_attr = 0o644 << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content)
    return whole.getvalue()


def folder_of(workload: Workload) -> str:
    return f"spike-kit-{workload.digest[:12]}"


def contents(workload: Workload, *, candidates: Sequence[str], send_to: str) -> dict[str, str]:
    """The kit's files by name."""
    scripts = {name: (FILES / name).read_text(encoding="utf-8") for name in SCRIPTS}
    return {
        **scripts,
        "workload.json": _json(facts_of(workload)),
        "requests.json": _json(_requests(workload)),
        "failure-tests.json": _json(_failure_tests(workload, candidates)),
        "README.md": _readme(workload, candidates, send_to),
    }


def facts_of(workload: Workload) -> dict[str, Any]:
    return {
        "format": "fwselect workload",
        "version": 1,
        "workload": workload.digest,
        "title": workload.title,
        "endpoints": [
            {"method": str(each.get("method") or "GET").upper(), "path": each["path"], "share": each.get("share")}
            for each in workload.endpoints
        ],
        "users": workload.users,
        "rate_per_s": None if workload.rate_per_s is None else float(workload.rate_per_s),
        "duration_s": workload.duration_s,
        "warm_up_s": workload.warm_up_s,
        "environment": workload.environment,
    }


def _requests(workload: Workload) -> dict[str, Any]:
    """What each endpoint is asked with; a body where the method has one."""
    return {
        f"{each['method']} {each['path']}": {"json": {}} if each["method"] in WITH_A_BODY else {}
        for each in facts_of(workload)["endpoints"]
    }


def _failure_tests(workload: Workload, candidates: Sequence[str]) -> dict[str, Any]:
    tests = [{"candidate": name, "kind": kind, "verdict": ""} for name in candidates for kind in FAILURE_TESTS]
    return {
        "format": "fwselect failure tests",
        "version": 1,
        "host": "",
        "provenance": f"spike kit, workload {workload.digest[:12]}",
        "tests": tests,
    }


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _readme(workload: Workload, candidates: Sequence[str], send_to: str) -> str:
    template = (FILES / "README.md").read_text(encoding="utf-8")
    rate = None if workload.rate_per_s is None else f"{float(workload.rate_per_s):g} requests per second"
    words = {
        "title": " ".join(workload.title.split()),
        "digest": workload.digest,
        "users": str(workload.users or 10),
        "rate": rate or "as fast as answers come (closed loop)",
        "duration": str(workload.duration_s or 60),
        "warm_up": str(workload.warm_up_s or 0),
        "environment": " ".join(workload.environment.split()) or "not said yet: agree on it before you compare",
        "endpoints": "\n".join(_line(each) for each in workload.endpoints) or "- none yet",
        "candidates": ", ".join(candidates) or "none yet",
        "send_to": send_to,
    }
    for word, said in words.items():
        template = template.replace(f"[[{word}]]", said)
    return template


def _line(endpoint: dict[str, Any]) -> str:
    share = "" if endpoint.get("share") is None else f", {endpoint['share']:g} %"
    note = f": {endpoint['note']}" if endpoint.get("note") else ""
    return f"- `{endpoint.get('method')} {endpoint['path']}`{share}{note}"
