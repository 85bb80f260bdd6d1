"""Variables of a message in the reader's language: {name} is shown as {称呼} and stored as {name} again."""

from django.utils.translation import pgettext


def words() -> dict[str, str]:
    """Variable -> the word that stands for it on screen."""
    return {
        "name": pgettext("variable", "name"),
        "guide": pgettext("variable", "guide"),
        "store": pgettext("variable", "store"),
        "usual": pgettext("variable", "usual"),
        "coupon": pgettext("variable", "coupon"),
        "until": pgettext("variable", "until"),
    }


def shown(text: str) -> str:
    """The text as the guide reads it."""
    for name, word in words().items():
        text = text.replace(f"{{{name}}}", f"{{{word}}}")
    return text


def stored(text: str) -> str:
    """The text as scripts spell it, whatever language the guide wrote the variables in."""
    for name, word in words().items():
        text = text.replace(f"{{{word}}}", f"{{{name}}}")
    return text
