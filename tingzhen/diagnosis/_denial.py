"""Whether a word of a complaint is denied where it stands: "no squeal", "刹车时不响".

Only what stands near the word counts, within its clause. What a word is about decides how far a
denial reaches: words for a danger are taken as denied only where the denial stands right before
them, for nobody should drive on because a sentence was read too cleverly.
"""

import re
from typing import Final, Literal

About = Literal["danger", "noise", "situation", "anything"]

_REACH_ZH: Final = 14
_REACH_EN: Final = 60
_BREAK_ZH: Final = re.compile(r"[,，。;；!！?？:：、\n]|但是?|不过|可是|而是|只是|然而|现在")
_BREAK_EN: Final = re.compile(r"[,.;!?:\n]|\b(?:but|however|although|though|only|now)\b")

_NEAR_ZH: Final = re.compile(
    r"(?:没有?|無|无|不是|并非|未|不)(?:听到|听见|出现|发现|任何|再|什么)?$"
)
_NEAR_EN: Final = re.compile(
    r"(?:\b(?:no|not|never|without|cannot|isn'?t|doesn'?t|don'?t|didn'?t|wasn'?t)\b)"
    r"(?:[ -]+(?:any|a|an|the|more|heard|hear|make|making|really|ever|there|be)){0,3}[ -]*$"
)
# "不停地响", "不断", "不时" say that it goes on: no filler lets a denial pass over them.
_BEFORE_ZH: Final = re.compile(
    r"(?:没有?|无(?!论)|听不[到见出]|不是|并非|未|不|别是|除了|除非|与其说是?|以前|之前|原来|原先|从前)"
    r"(?:听到|听见|听出|出现|发现|任何|再|什么|那种|这种|一点|异常的?|明显的?|有|会|是|在|怎么|太|像|用|因为|过|的"
    r"|踩|声音|也|都|了){0,4}$"
)
_BEFORE_EN: Final = re.compile(
    r"(?:\b(?:no|not|never|without|cannot|can'?t|isn'?t|aren'?t|doesn'?t|don'?t|didn'?t|wasn'?t"
    r"|weren'?t|won'?t|hasn'?t|nor|neither|used to|no longer|stopped|instead of|rather than|than"
    r"|except|apart from|other than|unless|goes away|go away|disappears?|vanish(?:es)?|stops"
    r"|quiet|silent|fine|nothing|gone)\b)"
    r"(?:[ -]+(?:any|a|an|the|of|more|kind|sort|noise|sound|sounds|noises|like|heard|hear|make"
    r"|makes|making|really|ever|even|there|be|it|it's|is|am|are|i|i'm|you|we|when|while|during"
    r"|under|at|on|in|if"
    r"|once|as|soon|happen|happens|do|does|so|much|usual|that|this)){0,5}[ -]*$"
)
_GONE_ZH: Final = (
    r"(?:不(?![停断时光仅只但管论同])[^,。;]{0,4}?[响叫]|没有[^,。;了]{0,4}?[响声抖音]|不响|不再响|没响|不会响|不叫|没声|没有声|没有?异响|没有?问题|没有(?=了|$)|没了|没有响|没事"
    r"|正常|安静|无声|无异响|听不到|听不见|消失|不见了|就?好了|好多了|停了|修好)"
)
_AFTER_SITUATION_ZH: Final = re.compile(
    rf"^[^响没不但]{{0,7}}?(?:就|都|也|又|则|却|倒|反而)*{_GONE_ZH}"
)
_AFTER_NOISE_ZH: Final = re.compile(
    r"^(?:声音|响声|异响|声|响|的|已经|已|现在|就|都|也)*"
    r"(?:没有(?=了|$)|没了|消失|不见了|不响了|好了|没再|停了|修好)"
)
_GONE_EN: Final = (
    r"(?:goes away|go away|went away|gone|disappear\w*|vanish\w*|stops|stopped|quiet|silent|fine"
    r"|normal|nothing|no (?:noise|sound)|not there|none|not happen|doesn'?t happen|does not happen"
    r"|doesn'?t (?:do it|make it)|does not do it|not at all)"
)
_AFTER_SITUATION_EN: Final = re.compile(
    rf"^[ ]?(?:(?!\b(?:when|while|but)\b)[\w']+ ){{0,5}}?{_GONE_EN}\b"
)
_AFTER_NOISE_EN: Final = re.compile(
    r"^(?: noises?| sounds?)?(?: has| have| is| are| was| had)?(?: now| all| completely)?"
    r" (?:gone|stopped|disappeared|vanished|went away)\b(?! (?:when|while|at|on|if|once|as)\b)"
)
_NOT_ONLY: Final = re.compile(r"\bnot (?:only|just)\b[^,.;]*$|(?:不光|不仅|不只|不单)[^,，。;；]*$")


# "Brake pads" are a part and no situation, and "turning left" is not turning either way.
_PART_ZH: Final = re.compile(r"^(?:片|盘|油|灯|踏板|系统|总?泵|分泵|液|鼓|皮|助力|卡钳|管)")
_PART_EN: Final = re.compile(
    r"^ (?:pads?|dis[ck]s?|rotors?|fluid|lights?|calipers?|drums?|shoes?|rack|pump|left|right)\b"
)
_ONE_SIDE_ZH: Final = re.compile(r"[左右]$")


def is_a_part(complaint: str, start: int, end: int, *, chinese: bool) -> bool:
    """Whether a word for a situation stands in the name of a part, or of a narrower situation."""
    after = complaint[end : end + 12]
    if not chinese:
        return _PART_EN.match(after) is not None
    one_side = complaint[start:end] in {"转弯", "拐弯"} and _ONE_SIDE_ZH.search(complaint[:start])
    return bool(one_side) or _PART_ZH.match(after) is not None


def denied(complaint: str, start: int, end: int, *, chinese: bool, about: About) -> bool:
    """Whether complaint[start:end], in normalised text, is denied there."""
    reach = _REACH_ZH if chinese else _REACH_EN
    before = complaint[max(0, start - reach) : start]
    near, wide = (_NEAR_ZH, _BEFORE_ZH) if chinese else (_NEAR_EN, _BEFORE_EN)
    if about == "danger":
        return near.search(before) is not None
    if about == "situation" and is_a_part(complaint, start, end, chinese=chinese):
        return True
    breaks = _BREAK_ZH if chinese else _BREAK_EN
    before = breaks.split(before)[-1]
    if _NOT_ONLY.search(before) is None and wide.search(before) is not None:
        return True
    after = breaks.split(complaint[end : end + reach])[0]
    if about == "situation":
        gone = _AFTER_SITUATION_ZH if chinese else _AFTER_SITUATION_EN
        return gone.search(after) is not None
    if about == "noise":
        gone = _AFTER_NOISE_ZH if chinese else _AFTER_NOISE_EN
        return gone.search(after) is not None
    return False
