"""Phase 5 of an example: answers with their evidence, failure tests, the checklist."""

from evaluations.catalogue.scenario_entries import FailureTest as ToldTest
from evaluations.checklist.queries import items_of
from evaluations.examples import scales
from evaluations.examples.checklists import settle
from evaluations.examples.stage import Stage
from evaluations.readiness import actions as readiness
from evaluations.readiness.models import ProductionStory, ReadinessAnswer
from evaluations.readiness.queries import standing_tests

PHASE = "readiness"


def enter(stage: Stage) -> None:
    """Each step enters what is missing and nothing else."""
    for step in (_functions, _tests, _answers, _stories, _bases):
        step(stage)
    stage.clock.turn_to(12, 9)
    settle(stage, PHASE)


def _functions(stage: Stage) -> None:
    stage.clock.turn_to(11, 9)
    scales.set_functions(stage, PHASE, readiness.set_value_function)


def _bases(stage: Stage) -> None:
    scales.count_as_measured(stage, PHASE)


def _stories(stage: Stage) -> None:
    candidates = stage.candidates()
    told = ProductionStory.objects.filter(candidate__evaluation=stage.evaluation, removed_at__isnull=True)
    present = set(told.values_list("candidate_id", "url"))
    for each in stage.scenario.production_stories:
        candidate = candidates[each.candidate]
        if (candidate.pk, each.url) not in present:
            readiness.add_story(
                candidate=candidate,
                title=each.title,
                url=each.url,
                learned=each.learned,
                by=stage.person(each.by),
                at=stage.clock.tick(),
            )


def _tests(stage: Stage) -> None:
    stage.clock.turn_to(11, 10)
    candidates = stage.candidates()
    present = set(standing_tests(stage.evaluation).values_list("candidate_id", "kind"))
    for each in stage.scenario.failure_tests:
        candidate, kind = candidates[each.candidate], each.kind.replace(" ", "_")
        if (candidate.pk, kind) not in present:
            readiness.add_failure_test(
                candidate=candidate, kind=kind, by=stage.person(each.by), at=stage.clock.tick(), **_facts(each)
            )


def _facts(each: ToldTest) -> dict[str, object]:
    is_censored = each.censored_s is not None
    return {
        "verdict": each.verdict,
        "answers": dict(each.answers or {}),
        "first_success_s": each.censored_s if is_censored else each.first_success_s,
        "is_censored": is_censored,
        "lost_requests": each.lost_requests,
        "figure": each.value,
        "run_date": each.date,
        "provenance": each.provenance,
        "remark": each.remark,
    }


def _answers(stage: Stage) -> None:
    stage.clock.turn_to(11, 12)
    candidates = stage.candidates()
    items = {item.key: item for item in items_of(stage.evaluation, PHASE)}
    given = set(
        ReadinessAnswer.objects.filter(item__evaluation=stage.evaluation).values_list("item_id", "candidate_id")
    )
    for each in stage.scenario.readiness_answers:
        item, candidate = items[each.item], candidates[each.candidate]
        if (item.pk, candidate.pk) in given:
            continue
        item.evaluation = stage.evaluation
        readiness.set_answer(
            item=item,
            candidate=candidate,
            answer=each.answer,
            note=each.evidence if each.answer == "unknown" else "",
            evidence="" if each.answer == "unknown" else each.evidence,
            seen=0,
            by=stage.person(each.by),
            at=stage.clock.tick(),
        )
