"""What owners say, sentence by sentence: noises and situations as a mechanic would hear them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.diagnosis.examples import shipped
from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis import KnowledgeBase, parse_circumstances
from tingzhen.diagnosis._complaint import complaint_of, find_words
from tingzhen.diagnosis.circumstances import WHEN

SENTENCES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "complaints.yaml").read_text(encoding="utf-8")
)
# A word that makes a noise this much more probable is a word for it.
A_WORD_FOR = 3.0


def understood(knowledge: KnowledgeBase, text: str) -> tuple[set[str], set[str]]:
    """Noises and situations in the words of an owner."""
    complaint = complaint_of(knowledge, parse_circumstances({"complaint": text}))
    noises: set[str] = set()
    when: set[str] = set()
    for meaning in knowledge.word_meanings:
        if meaning.noises and find_words(complaint, meaning.words, "noise"):
            noises |= {t for t, factor in meaning.noises.items() if factor >= A_WORD_FOR}
        if meaning.when and find_words(complaint, meaning.words, "situation"):
            when |= set(meaning.when)
    return noises, when


def figures(knowledge: KnowledgeBase) -> dict[str, tuple[int, int, int]]:
    """Right, wrongly found and missed, of noises and situations, over all sentences."""
    counts = {"noises": (0, 0, 0), "when": (0, 0, 0)}
    for sentence in SENTENCES:
        found = dict(zip(counts, understood(knowledge, sentence["text"]), strict=True))
        for kind, (right, extra, missed) in counts.items():
            expected = set(sentence[kind])
            counts[kind] = (
                right + len(found[kind] & expected), extra + len(found[kind] - expected),
                missed + len(expected - found[kind]),
            )  # fmt: skip
    return counts


@pytest.mark.parametrize("sentence", SENTENCES, ids=[s["text"] for s in SENTENCES])
def test_a_sentence_is_understood_unless_it_is_known_not_to_be(sentence: dict[str, Any]) -> None:
    assert set(sentence["noises"]) <= set(FAULT_NOISES)
    assert set(sentence["when"]) <= set(WHEN)
    noises, when = understood(shipped(), sentence["text"])
    right = noises == set(sentence["noises"]) and when == set(sentence["when"])
    assert right != ("misses" in sentence), (noises, when)


def test_there_are_enough_sentences_and_few_are_missed() -> None:
    assert len({sentence["text"] for sentence in SENTENCES}) >= 120
    assert sum("misses" in sentence for sentence in SENTENCES) <= len(SENTENCES) * 0.1


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sqeal squeel squaek sqaek", "squeal squeal squeak sqaek"),
        ("when I am breaking", "when i am braking"),
        ("something is breaking", "something is breaking"),
        ("while I think of the stream", "while i think of the stream"),
        ("clunck rattel", "clunk rattl"),
    ],
)
def test_slips_of_spelling_are_put_right_and_no_others(
    knowledge: KnowledgeBase, typed: str, meant: str
) -> None:
    assert complaint_of(knowledge, parse_circumstances({"complaint": typed})) == meant


@pytest.mark.parametrize("word", ["smoke", "冒烟", "刹车失灵", "oil light"])
def test_a_danger_is_denied_only_right_before_it(knowledge: KnowledgeBase, word: str) -> None:
    for text in (f"used to {word}", f"以前{word}", f"{word} 没有了", f"{word} is gone"):
        complaint = complaint_of(knowledge, parse_circumstances({"complaint": text}))
        assert any(find_words(complaint, danger.words, "danger") for danger in knowledge.dangers)


if __name__ == "__main__":
    for kind, (right, extra, missed) in figures(shipped()).items():
        precision, recall = right / (right + extra), right / (right + missed)
        print(f"{kind}: {right} right, {extra} wrongly found, {missed} missed; "
              f"precision {precision:.3f}, recall {recall:.3f}")  # fmt: skip
    print(f"{len(SENTENCES)} sentences, {sum('misses' in s for s in SENTENCES)} known misses")
