"""Every text of the product has its Chinese."""

import shutil
import subprocess
import sys

import polib
import pytest

from tests.architecture.source import BANDS, ROOT

CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def unfinished(catalogue: polib.POFile) -> list[str]:
    """Entries without Chinese, or with Chinese that was only guessed."""
    open_ones = [entry.msgid for entry in catalogue.untranslated_entries() if not entry.obsolete]
    return open_ones + [entry.msgid for entry in catalogue.fuzzy_entries()]


def keys(catalogue: polib.POFile) -> set[tuple[str, str]]:
    """Context and text of all live entries."""
    return {(entry.msgctxt or "", entry.msgid) for entry in catalogue if not entry.obsolete}


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    """The Chinese catalogue of the product."""
    return polib.pofile(str(CATALOGUE))


def test_every_entry_is_translated(catalogue):
    assert unfinished(catalogue) == []


def test_an_empty_or_guessed_entry_is_found():
    planted = polib.POFile()
    planted.append(polib.POEntry(msgid="Today", msgstr=""))
    planted.append(polib.POEntry(msgid="Members", msgstr="会员", flags=["fuzzy"]))
    assert unfinished(planted) == ["Today", "Members"]


def test_placeholders_survive_translation(catalogue):
    lost = [
        entry.msgid
        for entry in catalogue
        if "python-format" in entry.flags and placeholders(entry.msgid_plural or entry.msgid) != translated(entry)
    ]
    assert lost == []


def test_every_text_in_the_source_is_in_the_catalogue(catalogue, tmp_path):
    if not shutil.which("xgettext"):
        pytest.skip("GNU gettext is not installed")
    assert sorted(texts_of_source(tmp_path) - keys(catalogue)) == []


def placeholders(text: str) -> set[str]:
    """The names between %( and ) of a text."""
    return {part.split(")")[0] for part in text.split("%(")[1:]}


def translated(entry: polib.POEntry) -> set[str]:
    """The placeholders of an entry's Chinese, its plural form included."""
    return placeholders(entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr)


def texts_of_source(folder) -> set[tuple[str, str]]:
    """Context and text of everything marked for translation, read by Django's own makemessages from a copy."""
    for name in (*BANDS, "templates"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "static"))
    (folder / "locale").mkdir()
    program = (
        "import django; from django.conf import settings;"
        "settings.configure(LOCALE_PATHS=['locale'], USE_I18N=True); django.setup();"
        "from django.core.management import call_command;"
        "call_command('makemessages', locale=['zh_Hans'], verbosity=0)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=folder, check=True, capture_output=True, timeout=120)
    return keys(polib.pofile(str(folder / "locale/zh_Hans/LC_MESSAGES/django.po")))
