"""The knowledge that ships: frameworks, criteria with anchors, metrics with units, phase checklists, scenarios."""

from evaluations.catalogue.decoding import CatalogueError
from evaluations.catalogue.reader import (
    criteria,
    criterion,
    criterion_groups,
    evidence_kind,
    evidence_kinds,
    framework,
    frameworks,
    metric,
    metrics,
    phase,
    phases,
)
from evaluations.catalogue.scenario_reader import scenario, scenarios

__all__ = [
    "CatalogueError",
    "criteria",
    "criterion",
    "criterion_groups",
    "evidence_kind",
    "evidence_kinds",
    "framework",
    "frameworks",
    "metric",
    "metrics",
    "phase",
    "phases",
    "scenario",
    "scenarios",
]
