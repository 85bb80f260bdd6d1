"""On the page of a promotion: publish it, end it, make a draft of it, each asked once more on a page of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from campaigns import promotions
from campaigns.models import Promotion, PromotionState
from stores.admin.base import row_key
from stores.errors import Refusal


@dataclass(frozen=True)
class Step:
    """A step of a promotion: what its button says, what it means, the verb, and what is said afterwards."""

    label: Any
    question: Any
    verb: Callable[..., Promotion]
    done: Any


PUBLISH = Step(
    _("Publish"),
    _("Carts get it from its beginning on, or from now if that has passed. It cannot be changed then, only ended."),
    promotions.publish,
    _("Published."),
)
END = Step(
    _("End"),
    _("No cart gets it from now on. Orders paid before keep it, also those that arrive later."),
    promotions.end,
    _("Ended."),
)
COPY = Step(
    _("Copy as a draft"), _("A draft with the same content, to be changed and published."), promotions.copy,
    _("This is the copy. The other one stays as it is."),
)  # fmt: skip


class StepPages:
    """The steps as buttons of the page, for an admin of promotions."""

    actions_detail = ("publish_this", "end_this", "copy_this")

    @action(description=PUBLISH.label, url_path="publish", icon="publish", permissions=["publish"])
    def publish_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a draft hold."""
        return self._step(request, object_id, PUBLISH)

    @action(description=END.label, url_path="end", icon="stop_circle", permissions=["end"])
    def end_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop it now."""
        return self._step(request, object_id, END)

    @action(description=COPY.label, url_path="copy", icon="content_copy", permissions=["run"])
    def copy_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make a draft of it."""
        return self._step(request, object_id, COPY)

    def has_publish_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """For drafts."""
        return self._may(request, object_id, PromotionState.DRAFT)

    def has_end_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """For those that are published."""
        return self._may(request, object_id, PromotionState.PUBLISHED)

    def has_run_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may enter promotions may publish, end and copy them."""
        return request.user.has_perm("campaigns.change_promotion")

    def _may(self, request: HttpRequest, object_id: Any, state: PromotionState) -> bool:
        rows = Promotion.objects.visible_to(request.user)
        is_there = object_id is None or rows.filter(pk=row_key(object_id), state=state).exists()
        return is_there and self.has_run_permission(request)

    def _step(self, request: HttpRequest, object_id: str, step: Step) -> HttpResponse:
        """Ask, then do it and go to the promotion; a refusal stands above the button."""
        promotion = Promotion.objects.visible_to(request.user).filter(pk=row_key(object_id)).first()
        if promotion is None:
            raise Http404
        refusal = None
        if request.method == "POST":
            try:
                made = step.verb(promotion, by=request.user)
            except Refusal as error:
                refusal = error
            else:
                messages.success(request, step.done)
                return HttpResponseRedirect(reverse("admin:campaigns_promotion_change", args=[made.pk]))
        context = {
            **self.admin_site.each_context(request), "title": step.label, "opts": Promotion._meta, "step": step,
            "promotion": promotion, "refusal": refusal,
            "words": promotions.sentence(promotion, promotions.names_for([promotion])),
        }  # fmt: skip
        return TemplateResponse(request, "campaigns/hq/promotions/step.html", context)
