"""After the reveal: the cells worth talking about, the worst eight first, with the agreed score beside each."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.requirements.queries import nothing_new
from evaluations.rounds.models import Round
from evaluations.rounds.queries import last_revealed, open_round_of
from evaluations.scoring.agenda import WORST, Topic, agenda_of
from evaluations.scoring.details import they_disagree
from evaluations.scoring.forms import ScoreForm
from evaluations.scoring.views import may
from evaluations.teams.access import Capability


def _skipped(request: HttpRequest) -> list[str]:
    """Keys of the cells put off in this meeting; they travel in the address, nothing is kept."""
    return [key for key in request.GET.get("skip", "")[:2000].split(",") if key]


def _shown(request: HttpRequest, evaluation: Evaluation) -> dict[str, Any]:
    agenda, skipped = agenda_of(evaluation), _skipped(request)
    can_contribute = may(evaluation, Capability.CONTRIBUTE)
    items = [_item(topic, skipped) for topic in agenda.topics]
    waiting = [item for item in items if not item["topic"].is_settled and not item["is_skipped"]]
    return {
        "evaluation": evaluation,
        "revision": agenda.matrix.revision,
        "worst": waiting[:WORST],
        "later_count": max(0, len(waiting) - WORST),
        "settled": [item for item in items if item["topic"].is_settled],
        "skipped": [item for item in items if item["is_skipped"] and not item["topic"].is_settled],
        "skip": ",".join(skipped),
        "topic_count": len(agenda.topics),
        "settled_count": agenda.settled_count,
        "unknown": [_unknown(topic) for topic in agenda.unknown[:WORST]],
        "unknown_count": len(agenda.unknown),
        "was_revealed": last_revealed(evaluation, Round.Subject.RATINGS) is not None,
        "open_round": open_round_of(evaluation, Round.Subject.RATINGS),
        "can_contribute": can_contribute,
        "next": request.get_full_path() if request.resolver_match.url_name == "agenda" else "",
    }


def _item(topic: Topic, skipped: list[str]) -> dict[str, Any]:
    others = [key for key in skipped if key != topic.key]
    return {
        "topic": topic,
        "form": ScoreForm.of(topic.score, candidate=topic.candidate, criterion=topic.criterion),
        "is_skipped": topic.key in skipped,
        "disagree": they_disagree([one.value for one in topic.answers]),
        "skip_too": ",".join([*others, topic.key]),
        "bring_back": ",".join(others),
    }


def _unknown(topic: Topic) -> dict[str, Any]:
    return {
        "topic": topic,
        "subject": f"cell:{topic.candidate.pk}:{topic.criterion.pk}",
        "title": f"{topic.criterion.name} of {topic.candidate.name}",
    }


@require_GET
@opens_evaluation()
def page(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    return render(request, "scoring/agenda.html", _shown(request, evaluation))


@require_GET
@opens_evaluation()
def topics(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    """The same list, asked for when something happened; nothing while it would be drawn the same."""
    if nothing_new(evaluation, request.GET.get("since", ""), "scoring", "rounds", "requirements", "candidates"):
        return HttpResponse(status=204)
    return render(request, "scoring/_topics.html", _shown(request, evaluation))
