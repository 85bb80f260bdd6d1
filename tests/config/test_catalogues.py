"""Catalogues are compiled when their text changed, and only then."""

import gettext
import os

from config import catalogues

PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Today"\nmsgstr "{}"\n'


def write(folder, chinese):
    po = folder / "zh_Hans" / "LC_MESSAGES" / "django.po"
    po.parent.mkdir(parents=True, exist_ok=True)
    po.write_text(PO.format(chinese))
    return po


def spoken(po):
    with po.with_suffix(".mo").open("rb") as mo:
        return gettext.GNUTranslations(mo).gettext("Today")


def test_a_new_catalogue_is_compiled_once(tmp_path):
    po = write(tmp_path, "今日")
    assert catalogues.compile_stale([tmp_path]) == [po]
    assert spoken(po) == "今日"
    assert catalogues.compile_stale([tmp_path]) == []


def test_a_changed_catalogue_is_compiled_again_even_if_its_clock_went_back(tmp_path):
    po = write(tmp_path, "今日")
    catalogues.compile_stale([tmp_path])
    write(tmp_path, "今天")
    os.utime(po, (1, 1))
    assert catalogues.compile_stale([tmp_path]) == [po]
    assert spoken(po) == "今天"


def test_no_half_written_file_stays_behind(tmp_path):
    po = write(tmp_path, "今日")
    catalogues.compile_stale([tmp_path])
    assert sorted(path.name for path in po.parent.iterdir()) == ["django.mo", "django.po"]
