"""The form of a bulk issue: what is issued, and one field for each condition of the audience that people may choose."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2MultipleWidget, UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from coupons.audience import CONDITIONS, Condition
from coupons.models import CouponPack, CouponTemplate, IssueRun, TemplateState


class IssueForm(forms.Form):
    """What to issue, and to whom; nothing chosen means everybody."""

    what = forms.ChoiceField(label=_("Coupon or pack"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = _on_offer()
        for condition in CONDITIONS.values():
            if condition.at_hand:
                self.fields[condition.key] = _field(condition)

    @property
    def chosen(self) -> CouponTemplate | CouponPack:
        """The template or pack."""
        kind, _sep, pk = self.cleaned_data["what"].partition(":")
        model = CouponPack if kind == "pack" else CouponTemplate
        return model.objects.get(pk=pk)

    @property
    def audience(self) -> dict[str, list[Any]]:
        """The choice as the verbs take it."""
        return {
            key: [getattr(one, "pk", one) for one in self.cleaned_data[key]] for key in CONDITIONS if key in self.fields
        }


class NoteForm(forms.Form):
    """What whoever sends a bulk issue back wants changed."""

    note = forms.CharField(
        label=_("What is to be changed"), max_length=200, required=False, widget=UnfoldAdminTextareaWidget({"rows": 2})
    )


def initial_of(run: IssueRun) -> dict[str, Any]:
    """A run as the form shows it."""
    what = f"pack:{run.pack_id}" if run.pack_id else f"template:{run.template_id}"
    return {"what": what, **run.audience}


def _on_offer() -> list[Any]:
    """Everything that may be issued now, grouped."""
    active = TemplateState.ACTIVE
    templates = CouponTemplate.objects.filter(state=active).values_list("pk", "name")
    packs = CouponPack.objects.filter(state=active).values_list("pk", "name")
    groups = [
        (_("Coupons"), [(f"template:{pk}", name) for pk, name in templates]),
        (_("Packs"), [(f"pack:{pk}", name) for pk, name in packs]),
    ]
    return [("", "—"), *((label, rows) for label, rows in groups if rows)]


def _field(condition: Condition) -> forms.Field:
    """The field of a condition."""
    common: dict[str, Any] = {
        "label": condition.label,
        "help_text": condition.help_text,
        "required": False,
        "widget": UnfoldAdminSelect2MultipleWidget,
    }
    if condition.model is not None:
        return forms.ModelMultipleChoiceField(queryset=condition.model._default_manager.all(), **common)
    return forms.MultipleChoiceField(choices=condition.choices, **common)
