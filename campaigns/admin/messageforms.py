"""The form of a message template: what is wrong stands beside its field, variables are put in by a tap."""

from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from campaigns.messages import checking
from campaigns.messages.variables import VARIABLES
from campaigns.models import MessageTemplate


class MessageForm(forms.ModelForm):
    """What HQ decides about a message. Its channel stays what it was: journeys and campaigns count on it.

    Once cleaned, ``draft`` is what the form would make, right or wrong; it is not saved.
    """

    draft: MessageTemplate

    link = forms.URLField(
        label=_("link"), required=False, max_length=300, assume_scheme="https", widget=UnfoldAdminTextInputWidget
    )

    class Meta:
        model = MessageTemplate
        fields = ("name", "channel", "purpose", "subject", "text", "link", "is_active")
        widgets = {"text": UnfoldAdminTextareaWidget(attrs={"rows": 5})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "channel" in self.fields and self.instance.pk:
            self.fields["channel"].disabled = True
        for name, field in self.fields.items():  # where the live preview puts what is wrong with it
            field.help_text = format_html(
                '{} {} <span class="msg-say" id="say-{}"></span>', field.help_text, _extra(name), name
            )

    def clean(self) -> dict[str, Any]:
        """Set what is wrong with the message beside its field."""
        data = super().clean()
        given = {name: data.get(name, "") for name in self.Meta.fields}
        self.draft = MessageTemplate(pk=self.instance.pk, **given)
        if not self.errors:
            for field, sentence in checking.problems(self.draft):
                self.add_error(field, sentence)
        return data


def _extra(name: str) -> Any:
    """Under the words: the variables, each a button that puts it where the cursor is."""
    if name == "link":
        return _("Begins with https://. Text messages carry it in their words.")
    if name != "text":
        return ""
    chips = format_html_join(
        " ",
        '<button type="button" class="msg-chip" data-put="{{{}}}"><b>{{{}}}</b> {}</button>',
        ((one.key, one.key, one.label) for one in VARIABLES.values()),
    )
    return format_html('<span class="msg-chips">{}</span>', chips)
