from django.db import models

from evaluations.candidates.models import Evaluation
from evaluations.teams.models import ApiToken


class SentOnce(models.Model):
    """A request that named itself by an Idempotency-Key: sent again with the same content it gets the same answer.

    digest is taken over what was sent; `answer` is None while the first request is still being worked on.
    """

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="sent")
    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="sent_once_key")]

    def __str__(self) -> str:
        return f"request {self.key}"
