"""
Names in Chinese, Japanese and Korean letters, which our own type does not have.

They are set in the fonts that every PDF reader brings for these languages (PDF 32000-1, 9.7.5.2);
a font of our own for all of them would be larger than the rest of the product.
"""

import re
from collections.abc import Iterator

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

_HAN = r"\u2e80-\u2fdf\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60"
_KANA = re.compile(r"[\u3040-\u30ff\u31f0-\u31ff]")
_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")
_RUN = re.compile(f"[{_HAN}{_KANA.pattern[1:-1]}{_HANGUL.pattern[1:-1]}]+")
_JAPANESE, _KOREAN, _CHINESE = "HeiseiKakuGo-W5", "HYGothic-Medium", "STSong-Light"

for _name in (_JAPANESE, _KOREAN, _CHINESE):
    pdfmetrics.registerFont(UnicodeCIDFont(_name))


def runs(words: str) -> Iterator[tuple[str, str | None]]:
    """The pieces of a text, each with the font that it needs; None where our own has it all."""
    font = _CHINESE
    if _KANA.search(words):
        font = _JAPANESE
    elif _HANGUL.search(words):
        font = _KOREAN
    end = 0
    for found in _RUN.finditer(words):
        if found.start() > end:
            yield words[end : found.start()], None
        yield found.group(), font
        end = found.end()
    if end < len(words):
        yield words[end:], None
