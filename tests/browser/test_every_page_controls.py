"""The look at every page can fail: each kind of fault, planted into a page without any, is found and named."""

import pytest

from tests.browser import looking
from tests.browser.conftest import Device

pytestmark = pytest.mark.browser
PLANT = "([where, style]) => Object.assign(document.querySelector(where).style, style)"
BUTTON, LABEL = "form.login .btn--primary", "form.login .field__l"
UNNAME = "document.querySelectorAll('form.login label').forEach(one => one.replaceWith(...one.childNodes))"


def found(device: Device) -> str:
    """All that is wrong with the page as it stands, on a phone in the light."""
    page = device.page
    return "\n".join([*looking.objections(page), *looking.too_wide(page), *looking.large(page), *looking.small(page)])


@pytest.fixture
def door(device: Device) -> Device:
    """The sign-in page in the light, with nothing wrong."""
    device.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    device.open("/login/")
    assert found(device) == ""
    return device


def test_what_is_planted_is_found(door: Device):
    planted = {
        "color-contrast": (LABEL, {"color": "#ddd"}),
        "pixels too wide at 390": ("form.login", {"width": "2000px"}),
        "pixels too wide: ": ("form.login .login__f", {"width": "20rem"}),
        "is cut off": (LABEL, {"display": "block", "height": "24px", "overflow": "hidden"}),
        "is too low for its words": (BUTTON, {"height": "24px", "minHeight": "24px", "display": "block"}),
        "btn--block takes": (BUTTON, {"height": "30px", "minHeight": "30px"}),
        "btn--block takes 30": (BUTTON, {"width": "30px", "overflow": "hidden", "padding": "0"}),
    }
    missed = []
    for words, (where, style) in planted.items():
        door.open("/login/")
        door.page.evaluate(PLANT, [where, style])
        seen = found(door)
        if words not in seen:
            missed.append(f"{words}: {seen or 'nothing'}")
    assert missed == []


def test_a_colour_that_is_wrong_in_the_dark_alone_is_found_there_alone(door: Device):
    rule = "@media (prefers-color-scheme: dark) { form.login .field__l { color: #222 !important; } }"
    door.page.evaluate("rule => document.styleSheets[0].insertRule(rule, 0)", rule)
    assert looking.objections(door.page, looking.OF_COLOURS) == []
    door.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert "color-contrast" in "".join(looking.objections(door.page, looking.OF_COLOURS))


def test_a_field_without_a_name_is_found(door: Device):
    door.page.evaluate(UNNAME)
    assert "label" in "".join(looking.objections(door.page))


def test_a_link_whose_answer_would_take_the_place_of_its_place_is_found(door: Device):
    form = "document.querySelector('form.login')"
    door.page.evaluate(f"{form}.insertAdjacentHTML('beforeend', '<a hx-get=\"/\" hx-target=\"#modal\">?</a>')")
    assert looking.misplaced(door.page) == []
    door.page.evaluate(f"{form}.setAttribute('hx-swap', 'outerHTML')")
    assert "#modal" in "".join(looking.misplaced(door.page))
