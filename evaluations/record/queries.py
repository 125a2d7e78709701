from evaluations.candidates.models import Evaluation
from evaluations.record.models import Draft


def newest_draft(evaluation: Evaluation) -> Draft | None:
    return Draft.objects.filter(evaluation=evaluation).select_related("job", "asked_by").first()


def draft_of(evaluation: Evaluation, draft_id: int) -> Draft | None:
    return Draft.objects.filter(evaluation=evaluation, pk=draft_id).select_related("job").first()
