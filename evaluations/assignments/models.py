from django.conf import settings
from django.db import models

from evaluations.candidates.models import Evaluation


class Assignment(models.Model):
    """Something left open gets an owner and a due date.

    `subject` names it: "cell:<candidate>:<criterion>", "requirement:<id>", "verdict:<requirement>:<candidate>",
    "phase:<key>", "item:<id>".
    """

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="assignments")
    subject = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments")
    due_date = models.DateField(null=True, blank=True)
    done_at = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["due_date", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "subject"],
                condition=models.Q(done_at__isnull=True),
                name="assignment_one_open_per_subject",
            ),
        ]

    def __str__(self) -> str:
        return self.title
