"""Names: the pinyin initials by which a guide finds 张晓梅 with "zxm"."""

import unicodedata

from pypinyin import Style, lazy_pinyin

LONGEST = 60

# Characters that sound otherwise when they are a family name.
_SURNAMES = {
    "单": "s",
    "曾": "z",
    "仇": "q",
    "解": "x",
    "区": "o",
    "查": "z",
    "朴": "p",
    "翟": "z",
    "盖": "g",
    "覃": "q",
    "缪": "m",
    "种": "c",
    "重": "c",
    "秘": "b",
    "员": "y",
    "乐": "y",
    "冼": "x",
    "繁": "p",
    "召": "s",
    "折": "s",
    "尉迟": "yc",
    "万俟": "mq",
    "长孙": "zs",
}


def initials_of(name: str) -> str:
    """The lower-case letters a name is found by: one per Chinese character, Latin letters and digits as they are.

    ``张晓梅`` gives ``zxm``, ``单雄信`` ``sxx``, ``Alice 王`` ``alicew``. Everything else is left out.
    """
    text = "".join(unicodedata.normalize("NFKC", name).split())
    head = next((surname for surname in (text[:2], text[:1]) if surname in _SURNAMES), "")
    letters = lazy_pinyin(text[len(head) :], style=Style.FIRST_LETTER, strict=False, errors="default")
    found = _SURNAMES.get(head, "") + "".join(letters).lower()
    return "".join(letter for letter in found if letter.isascii() and letter.isalnum())[:LONGEST]
