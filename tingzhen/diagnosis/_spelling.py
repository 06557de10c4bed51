"""Slips of spelling in English words of a complaint, put right where only one word can be meant.

One letter wrong, missing, too many, or two letters swapped (Damerau 1964, A technique for computer
detection and correction of spelling errors: four of five slips are one of these). Short words are
left alone, and a wrong letter counts in long ones only: "while" is one letter from "whine".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_SHORTEST: Final = 5
_SURE_FROM: Final = 6
_TOKEN: Final = re.compile(r"[a-z]{5,}")
# Words that are right as they are, and one letter from a word for a noise or a situation.
_RIGHT: Final = frozenset({
    "breaking", "breaks", "parking", "packing", "marking", "making", "baking", "started", "stating",
    "rubbing", "thinking", "missing", "kissing", "wishing", "writing", "driving", "striking",
    "hiking", "sounds", "grounds", "rounding", "ground", "standing", "stream", "streams",
    "clutter", "tuning", "sitting", "changing", "changed", "charger", "ramble",
})  # fmt: skip
# "When I am breaking" is said of brakes far more often than of what breaks.
_HEARD_AS: Final = {"breaking": "braking", "breaks": "brakes"}
_AS_SITUATION: Final = re.compile(r"\b(when|while|under|during|after)( i| i'm| am| hard| light)*$")


@dataclass(frozen=True, slots=True, eq=False)
class Spelling:
    """known: whole words. stems: beginnings of words. by_slip: word by what is left of it with one
    letter taken out, for words of five letters or more."""

    known: frozenset[str]
    stems: frozenset[str]
    by_slip: dict[str, str | None]

    def correct(self, text: str) -> str:
        """The text, lower case, with slips put right."""
        return _TOKEN.sub(lambda match: self._word(text, match), text)

    def _word(self, text: str, match: re.Match[str]) -> str:
        token = match.group(0)
        heard_as = _HEARD_AS.get(token)
        if heard_as is not None and _AS_SITUATION.search(text[: match.start()].rstrip()):
            return heard_as
        if token in self.known or token in _RIGHT:
            return token
        if any(token[:length] in self.stems for length in range(3, len(token) + 1)):
            return token
        # Words are compared with the ending that a stem leaves open taken off.
        for ending in ("", "s", "ed", "ing", "es"):
            body = token.removesuffix(ending) if ending else token
            if ending and body == token:
                continue
            found = {self.by_slip.get(slip) for slip in _slips(body)} - {None}
            meant = [word for word in found if word and _one_slip(body, word)]
            if len(meant) == 1:
                return meant[0] + ending
        return token


def learn_spelling(words: Iterable[str], right: Iterable[str] = ()) -> Spelling:
    """words: English words of complaints that slips are put right to; * stands for any ending.
    right: further words that are left as they are."""
    known, stems = _tokens(words)
    by_slip: dict[str, str | None] = {}
    for token in sorted(known | stems):
        if len(token) >= _SHORTEST and token.isascii() and token.isalpha():
            for slip in _slips(token):
                by_slip[slip] = token if by_slip.get(slip, token) == token else None
    also_known, also_stems = _tokens(right)
    return Spelling(frozenset(known | also_known), frozenset(stems | also_stems), by_slip)


def _tokens(words: Iterable[str]) -> tuple[set[str], set[str]]:
    """Whole words, and beginnings of words."""
    tokens = {token for word in words for token in word.split()}
    stems = {token.rstrip("*") for token in tokens if token.endswith("*")}
    return {token for token in tokens if not token.endswith("*")}, stems


def _slips(token: str) -> set[str]:
    return {token, *(token[:i] + token[i + 1 :] for i in range(1, len(token)))}


def _one_slip(token: str, word: str) -> bool:
    """One letter wrong, missing, too many, or two neighbours swapped; the first letter is right."""
    if token[0] != word[0] or abs(len(token) - len(word)) > 1:
        return False
    if len(token) == len(word):
        wrong = [i for i, (a, b) in enumerate(zip(token, word, strict=True)) if a != b]
        if len(wrong) == 2:
            i, j = wrong
            return j == i + 1 and token[i] == word[j] and token[j] == word[i]
        return len(wrong) == 1 and len(word) >= _SURE_FROM
    longer, shorter = sorted((token, word), key=len, reverse=True)
    return any(longer[:i] + longer[i + 1 :] == shorter for i in range(1, len(longer)))
