"""What is wrong with a message before it is kept: variables nobody knows, braces left open, too long, no subject."""

import re
from difflib import get_close_matches

from django.utils.translation import gettext as _

from campaigns.messages import texting
from campaigns.messages.rendering import example
from campaigns.messages.variables import VARIABLES
from campaigns.models import Channel, MessageTemplate
from stores.errors import Refusal
from stores.masking import masked
from stores.models import Staff

BRACES = re.compile(r"[{｛]([^{}｛｝]*)[}｝]?|[}｝]")
TITLED = (Channel.INBOX, Channel.EMAIL)

Problem = tuple[str, str]


class MessageContradicts(Refusal):
    """The message cannot be kept as it is; ``extra["problems"]`` lists (field, sentence)."""

    code = "message_contradicts"


def problems(template: MessageTemplate) -> list[Problem]:
    """What is wrong with a template, saved or not, as pairs (field, sentence); empty when it may be kept."""
    found = [(field, sentence) for field in ("subject", "text") for sentence in _of_variables(getattr(template, field))]
    if masked(template.subject + template.text) != template.subject + template.text:
        found.append(("text", _("Whole mobile numbers are masked wherever words are kept. Name a hotline instead.")))
    if not template.text.strip():
        found.append(("text", _("A message needs words.")))
    if template.channel in TITLED and not template.subject.strip():
        found.append(("subject", _("In-app messages and e-mails need a subject.")))
    if template.link and not template.link.startswith("https://"):
        found.append(("link", _("A link begins with https://, so that nobody on the way can change the page.")))
    return found + (_of_sms(template) if template.channel == Channel.SMS and not found else [])


def keep(template: MessageTemplate, *, by: Staff | None) -> MessageTemplate:
    """Save a new or changed template; raises MessageContradicts with all that is wrong with it."""
    wrong = problems(template)
    if wrong:
        raise MessageContradicts(" ".join(sentence for _field, sentence in wrong), extra={"problems": wrong})
    if template.pk is None:
        template.created_by = by
    template.save()
    return template


def _of_variables(text: str) -> list[str]:
    """A sentence for each thing in braces that is no variable."""
    said = []
    for found in BRACES.finditer(text):
        token, name = found[0], found[1] or ""
        if name in VARIABLES and token == f"{{{name}}}":
            continue
        close = get_close_matches(name.strip().lower(), VARIABLES, n=1)
        hint = _("Did you mean {%(name)s}?") % {"name": close[0]} if close else _listed()
        said.append(_("%(token)s is no variable.") % {"token": token} + " " + hint)
    return said


def _listed() -> str:
    names = " ".join(f"{{{key}}}" for key in VARIABLES)
    return _("There are: %(names)s") % {"names": names}


def _of_sms(template: MessageTemplate) -> list[Problem]:
    """What carriers turn down or what costs more than meant."""
    if "【" in template.text or "】" in template.text:
        return [("text", _("Leave out 【】: carriers take them for the signature, which is put in front by itself."))]
    measure = texting.measure(example(template).text)
    most = texting.MOST_PARTS.value
    if measure.parts <= most:
        return []
    wording = _("%(length)s characters make %(parts)s parts; at most %(most)s are allowed.")
    return [("text", wording % {"length": measure.length, "parts": measure.parts, "most": most})]
