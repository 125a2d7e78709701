from django.db.models import QuerySet

from evaluations.candidates.models import Evaluation
from evaluations.record.models import Draft, FinalRecord
from evaluations.record.schema import SCHEMA_VERSION


def newest_draft(evaluation: Evaluation) -> Draft | None:
    return _drafts(evaluation).select_related("asked_by").first()


def draft_of(evaluation: Evaluation, draft_id: int) -> Draft | None:
    return _drafts(evaluation).filter(pk=draft_id).first()


def _drafts(evaluation: Evaluation) -> "QuerySet[Draft]":
    """Those of today's schema: what was drafted before it changed is asked for anew."""
    rows = Draft.objects.filter(evaluation=evaluation, body__schema_version=SCHEMA_VERSION)
    return rows.select_related("job")


def final_record_of(evaluation: Evaluation) -> FinalRecord | None:
    """The record of what was decided, the newest where there are several; None before anything was."""
    rows = FinalRecord.objects.filter(evaluation=evaluation)
    return rows.select_related("evaluation__log", "evaluation__team", "frozen_by", "print__job").first()
