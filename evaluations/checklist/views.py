from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from evaluations import catalogue
from evaluations.audit.queries import has_news
from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.checklist import actions, queries
from evaluations.checklist.forms import ItemForm, StateForm
from evaluations.checklist.models import ChecklistItem, Phase
from evaluations.teams.access import Capability
from evaluations.teams.responses import see_other

FOLLOWS = ("checklist", "assignments", "candidates")


@require_GET
@opens_evaluation()
def phase(request: HttpRequest, evaluation: Evaluation, phase: str) -> HttpResponse:
    return _page(request, evaluation, phase, ItemForm())


@require_GET
@opens_evaluation()
def items(request: HttpRequest, evaluation: Evaluation, phase: str) -> HttpResponse:
    """The list alone, or 204 when nothing that stands in it changed since the page was drawn."""
    known = _known(phase)
    since = request.GET.get("since", "")
    if since.isdecimal() and not has_news(evaluation.log, int(since[:18]), *FOLLOWS):
        return HttpResponse(status=204)
    return render(request, "checklist/_items.html", shown_list(evaluation, known))


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def set_state(request: HttpRequest, evaluation: Evaluation, item_id: int) -> HttpResponse:
    item = queries.item_of(evaluation, item_id)
    if item is None:
        raise Http404("No such item.")
    form = StateForm(request.POST, item=item)
    if not form.is_valid():
        return _item(request, evaluation, item, form, status=422)
    try:
        item = actions.set_state(item=item, by=request.user, at=timezone.now(), **form.cleaned_data)
    except actions.ReasonMissing as missing:
        form.add_error("reason", str(missing))
        return _item(request, evaluation, item, form, status=422)
    except actions.ItemMoved as moved:
        again = StateForm({**request.POST.dict(), "seen": moved.item.version}, item=moved.item)
        return _item(request, evaluation, moved.item, again, status=409, moved=True)
    if not request.htmx:
        return see_other("checklist:phase", evaluation.pk, item.phase)
    answer = _item(request, evaluation, item, StateForm.of(item))
    answer["HX-Trigger"] = "revision"
    return answer


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def add(request: HttpRequest, evaluation: Evaluation, phase: str) -> HttpResponse:
    form = ItemForm(request.POST)
    if not form.is_valid():
        return _page(request, evaluation, phase, form, status=422)
    facts = form.cleaned_data
    actions.add_item(evaluation=evaluation, phase=_known(phase).value, by=request.user, at=timezone.now(), **facts)
    return see_other("checklist:phase", evaluation.pk, phase)


def _known(phase: str) -> Phase:
    if phase not in Phase.values:
        raise Http404("There is no such phase.")
    return Phase(phase)


def shown_list(evaluation: Evaluation, phase: Phase) -> dict[str, object]:
    """What the list's part is drawn from."""
    evaluation.log.refresh_from_db(fields=["count"])  # before the rows: what comes between is asked for again
    rows = queries.items_of(evaluation, phase.value)
    return {
        "evaluation": evaluation,
        "phase": phase,
        "items": [{"item": item, "form": StateForm.of(item)} for item in rows],
        "settled": sum(item.state != ChecklistItem.State.OPEN for item in rows),
        "revision": evaluation.log.count,
        "may_contribute": _may_contribute(evaluation),
    }


def _page(request: HttpRequest, evaluation: Evaluation, phase: str, form: ItemForm, status: int = 200) -> HttpResponse:
    known = _known(phase)
    context = shown_list(evaluation, known) | {"form": form, "about": catalogue.phase(known.value)}
    return render(request, "checklist/page.html", context, status=status)


def _item(
    request: HttpRequest,
    evaluation: Evaluation,
    item: ChecklistItem,
    form: StateForm,
    *,
    status: int = 200,
    moved: bool = False,
) -> HttpResponse:
    row = {"item": item, "form": form}
    context = {"evaluation": evaluation, "row": row, "moved": moved, "may_contribute": _may_contribute(evaluation)}
    if request.htmx:
        return render(request, "checklist/_item.html", context, status=status)
    request.place = item.phase  # the URL names the item only
    back = reverse("checklist:phase", args=[evaluation.pk, item.phase])
    return render(request, "checklist/item.html", context | {"back": back}, status=status)


def _may_contribute(evaluation: Evaluation) -> bool:
    return Capability.CONTRIBUTE in evaluation.capabilities and evaluation.is_writable
