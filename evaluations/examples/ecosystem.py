"""Phase 3 of an example: what the service needs, what covers it for each candidate, the checklist."""

from evaluations.catalogue.scenario_entries import PackageChoice as ToldPackage
from evaluations.ecosystem import actions as ecosystem
from evaluations.ecosystem.models import Need, PackageChoice
from evaluations.ecosystem.queries import standing_needs
from evaluations.examples import scales
from evaluations.examples.checklists import settle
from evaluations.examples.stage import Stage

PHASE = "ecosystem"
OWN = "own kind: "
KINDS = {label: kind for kind, label in Need.Kind.choices}


def enter(stage: Stage) -> None:
    """Each step enters what is missing and nothing else."""
    for step in (_needs, _functions, _packages, _bases):
        step(stage)
    settle(stage, PHASE)


def _needs(stage: Stage) -> None:
    stage.clock.turn_to(10, 9)
    present = {need.name for need in standing_needs(stage.evaluation)}
    for each in stage.scenario.needs:
        if each.name not in present:
            ecosystem.add_need(
                evaluation=stage.evaluation,
                kind=Need.Kind.OWN if each.kind.startswith(OWN) else KINDS[each.kind],
                own_kind=each.kind.removeprefix(OWN) if each.kind.startswith(OWN) else "",
                name=each.name,
                async_needed=each.async_needed,
                by=stage.lead,
                at=stage.clock.tick(),
            )


def _functions(stage: Stage) -> None:
    scales.set_functions(stage, PHASE, ecosystem.set_value_function)


def _bases(stage: Stage) -> None:
    scales.count_as_measured(stage, PHASE)


def _packages(stage: Stage) -> None:
    stage.clock.turn_to(10, 10)
    candidates = stage.candidates()
    rows = {need.name: need for need in standing_needs(stage.evaluation).select_related("evaluation__log")}
    needs = {each.key: rows[each.name] for each in stage.scenario.needs}
    given = PackageChoice.objects.filter(need__evaluation=stage.evaluation).values_list("need_id", "candidate_id")
    present = set(given)
    for each in stage.scenario.packages:
        need, candidate = needs[each.need], candidates[each.candidate]
        if (need.pk, candidate.pk) not in present:
            at = stage.clock.tick()
            ecosystem.set_package(
                need=need,
                candidate=candidate,
                seen=0,
                by=stage.person(each.by),
                at=at,
                looked_date=at.date(),
                **_facts(each),
            )


def _facts(each: ToldPackage) -> dict[str, object]:
    """A remark on releases, issues or community comes with the story's own answer on whether it is maintained."""
    told = {
        "release_history": each.release_history,
        "issue_tracker": each.issue_tracker,
        "community": each.community,
    }
    return {
        "package": each.package or "",
        "package_version": each.version or "",
        "verdict": each.verdict,
        "note": each.remark,
        "maintained": each.maintained,
        "stable": each.stable,
        "supports_async": each.supports_async,
        "dealbreaker": each.dealbreaker,
        "dealbreaker_reason": each.remark if each.dealbreaker else "",
        **{name: each.maintained for name, words in told.items() if words},
        **{f"{name}_note": words for name, words in told.items() if words},
    }
