"""Lines of Chinese and English break where a reader expects it."""

import itertools

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tingzhen.serving.line_breaks import line_breaks


def lines(text: str, width: int) -> list[str]:
    edges = [0, *line_breaks(text, width), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(edges)]


def test_chinese_breaks_between_characters_and_english_between_words() -> None:
    assert lines("平地熄火等待 5 分钟，拔出机油尺。", 12) == [
        "平地熄火等待 ",
        "5 分钟，拔出",
        "机油尺。",
    ]
    assert lines("Measure the oil pressure", 12) == ["Measure the ", "oil pressure"]


def test_marks_stay_with_their_words() -> None:
    for width in range(6, 30):
        for line in lines("凹陷（仅外板）：检查，再维修；“确认”之后。完成！", width)[1:]:
            assert line[0] not in "）：，；”。！"


@given(
    st.text(alphabet="ab c，。（）轴瓦磨损12 -—“”", max_size=60),
    st.integers(min_value=12, max_value=40),
)
def test_every_line_fits_and_nothing_is_lost(text: str, width: int) -> None:
    broken = lines(text, width)
    assert "".join(broken) == text
    assert all(cell_len(line.rstrip()) <= width for line in broken)
