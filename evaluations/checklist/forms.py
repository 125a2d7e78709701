from typing import Any

from django import forms

from evaluations.checklist.models import ChecklistItem


class StateForm(forms.Form):
    """State and reason of one item; drawn once per item, hence the ids by item."""

    state = forms.ChoiceField(label="State", choices=ChecklistItem.State.choices)
    reason = forms.CharField(label="Where it was shown, or why it does not apply", max_length=500, required=False)
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, item: ChecklistItem, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"item-{item.pk}-%s", **kwargs})

    @classmethod
    def of(cls, item: ChecklistItem) -> "StateForm":
        return cls(initial={"state": item.state, "reason": item.reason, "seen": item.version}, item=item)


class ItemForm(forms.Form):
    text = forms.CharField(label="What else does this phase ask for?", max_length=300)
    evidence_asked = forms.CharField(label="Evidence that would settle it", max_length=300, required=False)
