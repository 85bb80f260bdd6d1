"""What is looked for on a page: axe's rules, a page wider than its window, text twice as large, room for a finger,
answers that would not find their place."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
OF_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"], "resultTypes": ["violations"]}
FINGER = 44  # CSS pixels, either way
SCRIPT = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
AXE = "options => axe.run(document, options).then(({ violations }) => violations)"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Text twice as large: the page gets no wider than the window, no words are cut off at the bottom, and what a control
# says stays within it. Words that end in an
# ellipsis by design stand whole one tap away.
LARGE = """() => {
    const root = document.documentElement, called = (one) => one.className || one.tagName;
    root.style.fontSize = "200%";
    const found = new Set(), wide = root.scrollWidth - root.clientWidth;
    if (wide > 0) {
        const out = [...document.querySelectorAll("body *")].filter((one) => {
            return Math.round(one.getBoundingClientRect().right) === root.scrollWidth;
        });
        found.add(`${wide} pixels too wide: ${out.slice(-3).map(called)}`);
    }
    for (const one of document.querySelectorAll("main *, nav *")) {
        if (!one.innerText || !one.clientHeight || one.closest(".sr, svg") || one.querySelector(".in-clamp")) continue;
        const style = getComputedStyle(one);
        if (style.webkitLineClamp !== "none") continue;
        const clips = ["hidden", "clip"].includes(style.overflowY) && style.position !== "absolute";
        if (clips && one.scrollHeight > one.clientHeight + 4) found.add(`${called(one)} is cut off`);
        if (!one.matches("a, button, .badge, .chip, .tag") || style.display === "inline") continue;
        const box = one.getBoundingClientRect(), words = document.createRange();
        words.selectNodeContents(one);
        const text = words.getBoundingClientRect();
        if (text.height > box.height + 4) found.add(`${called(one)} is too low for its words`);
    }
    root.style.fontSize = "";
    return [...found];
}"""
# How far a finger may stray from the middle of each control, up and down or left and right, and still hit it: 44 px
# in all. Links within a sentence are let be, as WCAG does; so is what another control or a sheet lies upon, and the
# words beside a field that is large enough itself.
SMALL = """finger => {
    const pressed = "a[href], button, summary, select, textarea, label, input:not([type=hidden])";
    const found = new Set(), left = scrollX, top = scrollY, called = (one) => one.className || one.tagName;
    const seen = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest("dialog:not([open])");
    const fits = (box) => box.width >= finger && box.height >= finger;
    const takes = (one, x, y) => {
        const hit = document.elementFromPoint(x, y), other = hit && hit.closest(pressed);
        const same = (a, b) => a.contains(b) || a.control === b;
        return Boolean(other) && (same(one, other) || same(other, one));
    };
    const reach = (one, x, y, dx, dy) => {
        let steps = 0;
        while (steps < finger && takes(one, x + dx * steps, y + dy * steps)) steps += 1;
        return steps;
    };
    for (const one of document.querySelectorAll(pressed)) {
        if (one.disabled || !seen(one) || getComputedStyle(one).display === "inline") continue;
        if (one.matches(".skip, .sr, .sr *, [aria-hidden=true] *")) continue;
        let box = one.getBoundingClientRect();
        if (box.width < 2 || box.height < 2 || fits(box)) continue;
        if (one.control && fits(one.control.getBoundingClientRect())) continue;
        one.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
        box = one.getBoundingClientRect();
        const x = box.left + box.width / 2, y = box.top + box.height / 2;
        if (!takes(one, x, y)) continue;
        const high = reach(one, x, y, 0, 1) + reach(one, x, y, 0, -1) - 1;
        const wide = reach(one, x, y, 1, 0) + reach(one, x, y, -1, 0) - 1;
        if (Math.min(high, wide) < finger - 1) found.add(`${called(one)} takes ${wide} x ${high}`);
    }
    scrollTo(left, top);
    return [...found];
}"""

# htmx takes from around an element what it does not say itself. What names a place of its own, but not how to fill it,
# may so put the answer where the place was, and the next answer finds none.
MISPLACED = """() => [...document.querySelectorAll("[hx-target]:not([hx-swap])")]
    .filter((one) => one.closest("[hx-swap]")).map((one) => one.outerHTML.slice(0, 120))"""


def objections(page: Page, rules: dict[str, list[str]] = RULES) -> list[str]:
    """What axe objects to on the page as it stands: the rule, and up to three places."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(SCRIPT)
    violations: list[dict[str, Any]] = page.evaluate(AXE, rules)
    return [f"{one['id']} at {json.dumps([node['target'] for node in one['nodes']][:3])}" for one in violations]


def too_wide(page: Page) -> Iterator[str]:
    """That the page is wider than its window."""
    pixels = page.evaluate(OVERFLOW)
    if pixels > 0:
        yield f"{pixels} pixels too wide at {page.viewport_size['width'] if page.viewport_size else '?'}"


def large(page: Page) -> list[str]:
    """What does not hold with text twice as large."""
    return [f"at 200 %: {words}" for words in page.evaluate(LARGE)]


def small(page: Page) -> list[str]:
    """Controls that leave a finger less than 44 by 44 pixels."""
    return [f"too small to press: {words}" for words in page.evaluate(SMALL, FINGER)]


def misplaced(page: Page) -> list[str]:
    """Controls whose answer may take the place that the next answer looks for."""
    return [f"how to fill its place is not said: {words}" for words in page.evaluate(MISPLACED)]
