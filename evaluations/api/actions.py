"""What the API writes of its own: which requests were made already, so that one sent again does nothing twice."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import IO, Any

from evaluations.api.models import SentOnce
from evaluations.candidates.models import Evaluation
from evaluations.teams.models import ApiToken

KEPT = timedelta(days=7)
BLOCK = 1 << 20


class OtherContent(ValueError):
    """The Idempotency-Key stood on another request before."""


def once(
    *,
    token: ApiToken,
    evaluation: Evaluation,
    key: str,
    digest: str,
    at: datetime,
    work: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """Do `work` and keep its answer under the key; a request that comes again gets the kept answer.

    A request whose process died before it answered is worked on again: the same bytes are the same file, so nothing
    counts twice. What `work` raises is not kept. Without a key `work` is simply done. Raises OtherContent.
    """
    if not key:
        return work()
    row, is_new = SentOnce.objects.get_or_create(
        token=token, key=key, defaults={"evaluation": evaluation, "digest": digest, "created_at": at}
    )
    if row.digest != digest:
        raise OtherContent("This Idempotency-Key stood on another request. Give a new request a new key.")
    if row.answer is not None:
        return row.answer
    mine = SentOnce.objects.filter(pk=row.pk, answer__isnull=True)
    try:
        answer = work()
    except Exception:
        mine.delete()
        raise
    if not mine.update(answer=answer):
        answer = SentOnce.objects.filter(pk=row.pk).values_list("answer", flat=True).first() or answer
    if is_new:
        SentOnce.objects.filter(token=token, created_at__lt=at - KEPT).delete()
    return answer


def digest_of(words: Iterable[str], files: Iterable[tuple[str, IO[bytes]]]) -> str:
    """SHA-256 over the fields of a request and its files, names and bytes; the files are wound back."""
    whole = hashlib.sha256()
    for word in words:
        whole.update(hashlib.sha256(word.encode()).digest())
    for name, file in files:
        content = hashlib.sha256()
        file.seek(0)
        while block := file.read(BLOCK):
            content.update(block)
        file.seek(0)
        whole.update(hashlib.sha256(name.encode()).digest() + content.digest())
    return whole.hexdigest()
