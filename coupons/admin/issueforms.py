"""The form of a bulk issue: what is issued, and to whom: a field for each of the usual conditions, which must all hold,
beside a rule that somebody came with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2MultipleWidget, UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from coupons import audience
from coupons.audience import Audience, Rule
from coupons.models import CouponPack, CouponTemplate, IssueRun, TemplateState
from members.models import MemberList, Segment, Stage, Tag, Tier
from members.segments.facts.choices import ANY_OF, IN, NONE_OF, NOT_IN
from members.segments.trees import ALL
from stores.errors import Refusal
from stores.models import Store


@dataclass(frozen=True)
class Usual:
    """A field and the condition it stands for: keys of ``model``, else stages."""

    name: str
    label: Any
    fact: str
    op: str
    model: type[models.Model] | None

    @property
    def field(self) -> forms.Field:
        """Any number of the choices."""
        common: dict[str, Any] = {"label": self.label, "required": False, "widget": UnfoldAdminSelect2MultipleWidget}
        if self.model is not None:
            return forms.ModelMultipleChoiceField(queryset=self.model._default_manager.all(), **common)
        return forms.MultipleChoiceField(choices=Stage.choices, **common)


USUAL = (
    Usual("tier_ids", _("Tiers"), "tier", IN, Tier),
    Usual("store_ids", _("Home stores"), "home_store", IN, Store),
    Usual("excluded_store_ids", _("Except the stores"), "home_store", NOT_IN, Store),
    Usual("stages", _("Lifecycle stages"), "stage", IN, None),
    Usual("tag_ids", _("With any of the tags"), "tags", ANY_OF, Tag),
    Usual("without_tag_ids", _("With none of the tags"), "tags", NONE_OF, Tag),
    Usual("list_ids", _("On any of the lists"), "lists", ANY_OF, MemberList),
    Usual("without_list_ids", _("On none of the lists"), "lists", NONE_OF, MemberList),
    Usual("segment_ids", _("In any of the segments"), "segments", ANY_OF, Segment),
)


class IssueForm(forms.Form):
    """What to issue, and to whom; nothing chosen means everybody. ``rule`` is what no field can show."""

    what = forms.ChoiceField(label=_("Coupon or pack"), widget=UnfoldAdminSelectWidget)
    rule = forms.JSONField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = _on_offer()
        for usual in USUAL:
            self.fields[usual.name] = usual.field

    @property
    def chosen(self) -> CouponTemplate | CouponPack:
        """The template or pack."""
        kind, _sep, pk = self.cleaned_data["what"].partition(":")
        model = CouponPack if kind == "pack" else CouponTemplate
        return model.objects.get(pk=pk)

    @property
    def audience(self) -> Rule:
        """Whom the fields and the rule mean together."""
        parts: list[Rule] = [self.cleaned_data["rule"] or {}]
        for usual in USUAL:
            values = [getattr(one, "pk", one) for one in self.cleaned_data[usual.name]]
            parts += audience.leaf(usual.fact, usual.op, values)
        return audience.together(*parts)

    @property
    def beside(self) -> str:
        """The rule of no field in words; nothing without one, or where it means nothing."""
        rule = self["rule"].value()
        return audience.told(self.fields["rule"].to_python(rule) if isinstance(rule, str) else rule or {})

    def clean_rule(self) -> Rule:
        """A rule that means something. Raises ValidationError."""
        rule = self.cleaned_data["rule"] or {}
        if not isinstance(rule, dict):
            raise forms.ValidationError(_("This is no rule about members."))
        try:
            return Audience.of(rule).rule
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class NoteForm(forms.Form):
    """What whoever sends a bulk issue back wants changed."""

    note = forms.CharField(
        label=_("What is to be changed"), max_length=200, required=False, widget=UnfoldAdminTextareaWidget({"rows": 2})
    )


def initial_of(run: IssueRun) -> dict[str, Any]:
    """A run as the form shows it."""
    what = f"pack:{run.pack_id}" if run.pack_id else f"template:{run.template_id}"
    return {"what": what, **shown(run.audience)}


def shown(rule: Rule) -> dict[str, Any]:
    """A rule as the fields show it: each condition in its field, where it has one, and the others as a rule beside."""
    fields: dict[str, Any] = {}
    beside = []
    for part in audience.together(rule).get(ALL, ()):
        name = _field_of(part)
        if name and name not in fields:
            fields[name] = part["value"]
        else:
            beside.append(part)
    return {**fields, "rule": audience.together(*beside)}


def _field_of(part: Mapping[str, Any]) -> str:
    asked = (part.get("fact"), part.get("op"))
    return next((usual.name for usual in USUAL if (usual.fact, usual.op) == asked), "")


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
