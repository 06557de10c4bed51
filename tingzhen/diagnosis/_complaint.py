"""Words of a complaint found in zh and en text; a word that is denied does not count."""

import re
from functools import lru_cache
from typing import Final

from tingzhen.diagnosis.knowledge import Words

# "没有吱吱声", "不是漏油", "no squeal", "it does not knock": the denial stands just before.
_DENIED_ZH: Final = re.compile(
    r"(?:没有?|無|无|不是|并非|未|不)(?:听到|听见|出现|发现|任何|再|什么)?$"
)
_DENIED_EN: Final = re.compile(
    r"(?:\b(?:no|not|never|without|cannot|isn'?t|doesn'?t|don'?t|didn'?t|wasn'?t)\b)"
    r"(?:[ -]+(?:any|a|an|the|more|heard|hear|make|making|really|ever|there|be)){0,3}[ -]*$"
)
_SPACE: Final = re.compile(r"[\s\u3000]+")


def normal_complaint(text: str) -> str:
    """Lower case, one space between words, straight apostrophes."""
    return _SPACE.sub(" ", text.casefold().replace("’", "'")).strip()


def find_words(complaint: str, words: Words) -> str | None:
    """The first word that stands in a normalised complaint and is not denied there, else None."""
    for word in words.zh:
        start = complaint.find(word)
        while start >= 0:
            if not _DENIED_ZH.search(complaint[max(0, start - 6) : start]):
                return word
            start = complaint.find(word, start + 1)
    for word in words.en:
        stem = word.rstrip("*")
        if stem not in complaint:
            continue
        for match in _pattern(word).finditer(complaint):
            if not _DENIED_EN.search(complaint[max(0, match.start() - 40) : match.start()]):
                return match.group(0)
    return None


@lru_cache(maxsize=4096)
def _pattern(word: str) -> re.Pattern[str]:
    stem = re.escape(word.rstrip("*"))
    end = r"[\w'-]*" if word.endswith("*") else ""
    return re.compile(rf"\b{stem}{end}\b")
