"""Words of a complaint found in zh and en text; a word that is denied does not count."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from tingzhen.diagnosis._denial import About, denied
from tingzhen.diagnosis.circumstances import Circumstances
from tingzhen.diagnosis.knowledge import KnowledgeBase, Words

_SPACE: Final = re.compile(r"[\s\u3000]+")
# Traditional characters and other ways of typing that complaints hold.
_SIMPLIFIED: Final = str.maketrans(
    "剎車聲響轉彎動啟啓熱發機過減帶時電開關噠嗚噹鐺這輪軸當嘩無沒煙燈氣溫異後個來會還頭慢鬆緊擋檔熄滅壓嘰嘯鳴",
    "刹车声响转弯动启启热发机过减带时电开关哒呜当铛这轮轴当哗无没烟灯气温异后个来会还头慢松紧挡档熄灭压叽啸鸣",
)
_TYPED: Final = (
    ("煞车", "刹车"),
    ("杀车", "刹车"),
    ("沙车", "刹车"),
)


def normal_complaint(text: str) -> str:
    """Lower case, simplified characters, half-width signs, one space between words."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("`", "'")
    text = text.translate(_SIMPLIFIED)
    for typed, meant in _TYPED:
        text = text.replace(typed, meant)
    return _SPACE.sub(" ", text).strip()


def complaint_of(knowledge: KnowledgeBase, circumstances: Circumstances) -> str:
    """The owner's words, normalised, slips of spelling put right; "" without any."""
    text = normal_complaint(circumstances.complaint or "")
    return knowledge.tables.spelling.correct(text) if text else ""


def find_words(complaint: str, words: Words, about: About = "anything") -> str | None:
    """The first word that stands in a normalised complaint and is not denied there, else None."""
    for word in words.zh:
        if stands(complaint, word, chinese=True, about=about):
            return word
    for word in words.en:
        found = stands(complaint, word, chinese=False, about=about)
        if found:
            return found
    return None


def stands(complaint: str, word: str, *, chinese: bool, about: About) -> str | None:
    """What of a normalised complaint is this word, undenied; None where nothing is."""
    if chinese:
        start = complaint.find(word)
        while start >= 0:
            if not denied(complaint, start, start + len(word), chinese=True, about=about):
                return word
            start = complaint.find(word, start + 1)
        return None
    if word.split("*", 1)[0] not in complaint:
        return None
    for match in _pattern(word).finditer(complaint):
        if not denied(complaint, match.start(), match.end(), chinese=False, about=about):
            return match.group(0)
    return None


@lru_cache(maxsize=65536)
def _pattern(word: str) -> re.Pattern[str]:
    # Chinese characters stand right beside English words, so \b would not see where these end.
    stem = r"[a-z0-9'-]*".join(re.escape(part) for part in word.split("*"))
    return re.compile(rf"(?<![a-z0-9]){stem}" + ("" if word.endswith("*") else r"(?![a-z0-9])"))
