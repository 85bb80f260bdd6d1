"""A page of the workbench that nobody looks at is found here: each route is a page that is visited, or named a part."""

from collections.abc import Iterable
from string import Formatter

from django.urls import resolve

from tests.browser.pages import OF_A_GUIDE, OF_A_MANAGER, OF_AN_AREA, OF_ANYBODY, PARTS
from tests.workbench.routes import ABOUT, ABOUT_NOBODY, FOR_LEADERS, NOT_FOR_AREA, OPEN_TO_ALL

PAGES = {
    name
    for name, probes in {**ABOUT, **ABOUT_NOBODY}.items()
    if any(probe.startswith("GET ") for probe in probes) and name not in PARTS
}
OPEN = OPEN_TO_ALL - set(PARTS)


def routes(paths: Iterable[str]) -> set[str]:
    """The names of the routes that these addresses lead to."""
    found = set()
    for path in paths:
        dummy = {field: "1" for _text, field, _spec, _conversion in Formatter().parse(path) if field}
        found.add(resolve(path.format(**dummy).partition("?")[0]).url_name)
    return found


def test_every_page_of_the_workbench_is_looked_at_as_guide_or_manager():
    lin, zhou = routes(OF_A_GUIDE.values()), routes(OF_A_MANAGER.values())
    assert PAGES - lin - zhou == set()
    assert PAGES - FOR_LEADERS - lin == set(), "a guide does not look at these"
    assert FOR_LEADERS & PAGES - zhou == set(), "a manager does not look at these"
    assert set(OPEN) <= routes(OF_ANYBODY.values())


def test_what_leads_an_area_is_looked_at_as_area_manager():
    assert FOR_LEADERS & PAGES - routes(OF_AN_AREA.values()) - {"handover", "top-up-answer", "member-reassign"} == set()
    assert routes(OF_AN_AREA.values()) & NOT_FOR_AREA == set()


def test_a_page_without_a_visit_is_found():
    lin = routes(path for name, path in OF_A_GUIDE.items() if name != "commission")
    assert PAGES - FOR_LEADERS - lin == {"commission"}
