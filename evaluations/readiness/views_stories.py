"""Production stories: links with what was learned."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evaluations.candidates.access import opens_evaluation
from evaluations.candidates.models import Evaluation
from evaluations.candidates.queries import standing_candidates
from evaluations.readiness import actions, queries
from evaluations.readiness.forms import StoryForm
from evaluations.readiness.models import ProductionStory
from evaluations.readiness.shown import TESTS_FOLLOW, nothing_new, shown_stories
from evaluations.readiness.views import done
from evaluations.requirements.views import seen_in
from evaluations.teams.access import Capability


@require_GET
@opens_evaluation()
def listed(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    if nothing_new(evaluation, request.GET.get("since", ""), *TESTS_FOLLOW):
        return HttpResponse(status=204)
    return render(request, "readiness/_stories.html", shown_stories(evaluation))


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def add(request: HttpRequest, evaluation: Evaluation) -> HttpResponse:
    candidates = standing_candidates(evaluation)
    if request.method == "GET":
        form = StoryForm(candidates=candidates, initial={"candidate": request.GET.get("candidate", "")})
        return _shown(request, evaluation, None, form)
    form = StoryForm(request.POST, candidates=candidates)
    if not form.is_valid():
        return _shown(request, evaluation, None, form, status=422)
    facts = form.facts()
    facts["candidate"].evaluation = evaluation
    actions.add_story(by=request.user, at=timezone.now(), **facts)
    return done(request, evaluation, "stories")


@require_http_methods(["GET", "POST"])
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def edit(request: HttpRequest, evaluation: Evaluation, story_id: int) -> HttpResponse:
    story = _story_or_404(evaluation, story_id)
    if request.method == "GET":
        return _shown(request, evaluation, story, StoryForm.of(story))
    form = StoryForm(request.POST, story_id=story.pk)
    if not form.is_valid():
        return _shown(request, evaluation, story, form, status=422)
    try:
        actions.edit_story(story=story, by=request.user, at=timezone.now(), **form.facts())
    except actions.StoryMoved as moved:
        again = StoryForm({**request.POST.dict(), "seen": moved.current.version}, story_id=story.pk)
        return _shown(request, evaluation, story, again, status=409, moved=moved.current)
    return done(request, evaluation, "stories")


@require_POST
@opens_evaluation(Capability.CONTRIBUTE, writes=True)
def remove(request: HttpRequest, evaluation: Evaluation, story_id: int) -> HttpResponse:
    story = _story_or_404(evaluation, story_id)
    try:
        actions.remove_story(story=story, seen=seen_in(request), by=request.user, at=timezone.now())
    except actions.StoryMoved as moved:
        if moved.current.removed_at is None:
            form = StoryForm.of(moved.current)
            return _shown(request, evaluation, moved.current, form, status=409, moved=moved.current)
    return done(request, evaluation, "stories")


def _story_or_404(evaluation: Evaluation, story_id: int) -> ProductionStory:
    story = queries.story_of(evaluation, story_id)
    if story is None:
        raise Http404("There is no such story.")
    return story


def _shown(
    request: HttpRequest,
    evaluation: Evaluation,
    story: ProductionStory | None,
    form: StoryForm,
    *,
    status: int = 200,
    moved: ProductionStory | None = None,
) -> HttpResponse:
    context = {"evaluation": evaluation, "story": story, "form": form, "moved": moved, "in_panel": bool(request.htmx)}
    return render(request, "readiness/_story.html" if request.htmx else "readiness/story.html", context, status=status)
