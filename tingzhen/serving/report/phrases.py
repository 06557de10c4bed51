"""Words around the findings, for the terminal and the page, in both languages."""

from typing import Final

from tingzhen.language import Language, Text

PHRASES: Final[dict[str, Text]] = {
    # headlines
    "fault_likely": Text("很可能是：{cause}", "Likely: {cause}"),
    "fault_possible": Text("可能是：{cause}", "Possibly: {cause}"),
    "fault_likely_unsure": Text(
        "很可能存在故障，首先怀疑：{cause}", "A fault is likely; first suspect: {cause}"
    ),
    "sure": Text("可能性 {p}", "probability {p}"),
    "many_causes": Text(
        "原因尚不明确，最可能：{cause}（{p}）", "several causes fit, the first: {cause} ({p})"
    ),
    "also": Text("另外：{cause}（{p}）", "also: {cause} ({p})"),
    "fault_likely_bare": Text("很可能存在故障", "A fault is likely"),
    "fault_possible_bare": Text("可能存在故障", "There may be a fault"),
    "no_fault_found": Text("未发现故障", "No fault was found"),
    "cannot_tell": Text("凭这份记录无法判断", "This recording is not enough to tell"),
    "unsure_but_stop": Text(
        "未能确认故障，但为安全起见请勿行驶", "No fault is certain, but to be safe do not drive"
    ),
    "unsure_but_tyre": Text(
        "未能确认故障，但请先检查轮胎再行驶",
        "No fault is certain, but check the tyre before driving",
    ),
    "unsure_but_visible": Text(
        "未能确认故障，但画面中疑有损伤", "No fault is certain, but there seems to be damage"
    ),
    # whether to drive on
    "drive": Text("还能开吗？", "Can I drive on?"),
    "drive_stop": Text("请勿继续行驶", "Do not drive on"),
    "drive_soon": Text("请谨慎驾驶，尽快检修", "Drive with care and have it checked soon"),
    "drive_ok": Text("可以继续行驶", "You can drive on"),
    "drive_unknown": Text("无法判断能否继续行驶", "Cannot tell whether it is safe to drive"),
    # sound
    "sound": Text("声音", "Sound"),
    "noise_abnormal": Text("听到异响", "An abnormal noise is heard"),
    "noise_normal": Text("声音正常", "It sounds normal"),
    "noise_cannot_tell": Text("凭声音无法判断", "The sound is not enough to tell"),
    "noise_no_audio": Text("没有声音", "There is no sound"),
    "noise_types": Text("异响类型", "Noise types"),
    "all_types": Text("全部类型", "All types"),
    "events": Text("异响出现的时间", "When it is heard"),
    "more_events": Text("另有 {n} 段", "{n} more"),
    "no_events": Text("没有可标出的时段。", "No stretch stands out."),
    "event_hint": Text(
        "点击频谱图可从该处播放；点击时段只播放这一段（含前半秒），便于听辨确认。",
        "Click the picture to play from there. The button of a stretch plays it alone, with half a"
        " second before it, so that you can confirm it by ear.",
    ),
    "spectrogram_of": Text(
        "频谱图：横轴为时间（秒），纵轴为频率，异响已框出",
        "Spectrogram: time in seconds across, frequency upwards, noises in boxes",
    ),
    "spectrogram_legend": Text("虚线框和星号（*）：{mark}", "Dashed box and star (*): {mark}"),
    "span": Text("{start} 至 {end} 秒", "{start} to {end} s"),
    "play_stretch": Text("播放 {what}，{span}", "Play {what}, {span}"),
    "band_hz": Text("{low} 至 {high} Hz", "{low} to {high} Hz"),
    "band_khz": Text("{low} 至 {high} kHz", "{low} to {high} kHz"),
    "player": Text("播放录音", "Play the sound"),
    # pictures
    "pictures": Text("画面", "Pictures"),
    "damage_damaged": Text("发现损伤", "Damage is visible"),
    "damage_undamaged": Text("未见损伤", "No damage is visible"),
    "damage_cannot_tell": Text("凭画面无法判断", "The pictures are not enough to tell"),
    "damage_doubtful": Text(
        "凭画面无法判断，可能有", "The pictures are not enough to tell; there may be"
    ),
    "damage_no_video": Text("没有画面", "There is no picture"),
    "damage_types": Text("损伤类型", "Damage types"),
    "findings": Text("发现的损伤", "Damage found"),
    "heat": Text("热力图", "Heat map"),
    "heat_of": Text("热力图：{name}", "Heat map: {name}"),
    "heat_hint": Text(
        "“热力图”显示模型依据画面的哪些部位；它较粗，不是损伤的轮廓。",
        "“Heat map” shows which parts of the picture the model goes by; it is coarse and no outline"
        " of the damage.",
    ),
    "dashed_box": Text(
        "虚线框和星号（*）：试验性类型，请以人工检查为准。",
        "Dashed box and star (*): an experimental type; what a person finds there counts.",
    ),
    "shown_in": Text("{n} 帧画面可见，{span}", "in {n} pictures, {span}"),
    "shown_once": Text("仅 1 帧画面可见", "in one picture"),
    "frame_at": Text("第 {s} 秒", "at {s} s"),
    "blur_over_finding": Text(
        "为保护隐私所做的模糊遮住了损伤的一部分", "a blur for privacy covers part of the damage"
    ),
    "the_photo": Text("照片", "the photo"),
    "looked_at": Text(
        "看过的画面（其中未标出损伤）", "Some of the pictures looked at (nothing marked)"
    ),
    # causes
    "causes": Text("可能的原因", "Possible causes"),
    "no_causes": Text("没有足以列出的原因。", "No cause stands out."),
    "evidence": Text("依据", "Evidence"),
    "other_causes": Text("其他较小的可能", "Less likely"),
    "see_picture": Text("看画面", "see the picture"),
    "group_mechanical": Text("机械或电气", "mechanical or electrical"),
    "group_visible": Text("外观可见", "visible damage"),
    "speaks_for": Text("支持", "for"),
    "speaks_against": Text("不支持", "against"),
    "probability": Text("可能性", "probability"),
    "severity_minor": Text("轻微", "minor"),
    "severity_moderate": Text("中等", "moderate"),
    "severity_serious": Text("严重", "serious"),
    "severity_dangerous": Text("危险", "dangerous"),
    "severity": Text("严重程度", "Severity"),
    # what each piece of evidence did
    "explained": Text("每条证据的作用", "What each piece of evidence did"),
    "explained_hint": Text(
        "数值为似然比的自然对数：正值支持该原因，负值反对；各行相加即为最后一行。",
        "Natural logarithms of likelihood ratios: positive speaks for the cause, negative against"
        " it; the rows add up to the last.",
    ),
    "before_evidence": Text(
        "尚无证据时（相对于“无故障”）", "Before any evidence, against no fault"
    ),
    "after_evidence": Text("全部证据之后", "After all of it"),
    "not_known": Text("还不知道、且最能改变判断的", "Not known, and would change most"),
    "bounded_error": Text(
        "同时存在两种故障的组合太多，概率误差最大约 {p}。",
        "There are too many pairs of faults to add up: probabilities may be off by up to {p}.",
    ),
    # next test and plan
    "next_test": Text("下一步检查", "Next test"),
    "no_next_test": Text(
        "目前没有能进一步区分原因的检查。", "No test would tell more at this point."
    ),
    "why": Text("为什么", "Why"),
    "how": Text("怎么做", "How"),
    "tools": Text("工具", "Tools"),
    "no_tools": Text("不需要工具", "none"),
    "minutes": Text("{n} 分钟", "{n} min"),
    "time": Text("时间", "Time"),
    "risk": Text("风险", "Risk"),
    "risk_none": Text("无", "none"),
    "risk_low": Text("低", "low"),
    "risk_medium": Text("中", "medium"),
    "risk_high": Text("高", "high"),
    "outcome": Text("结果", "Result"),
    "expected": Text("预计", "Expected"),
    "points_to": Text("指向", "Points to"),
    "plan": Text("处理计划", "Plan"),
    "no_plan": Text("没有需要做的事。", "There is nothing to do."),
    "parts": Text("配件", "Parts"),
    "step_safety": Text("安全", "Safety"),
    "step_test": Text("检查", "Test"),
    "step_repair": Text("维修", "Repair"),
    "step_record": Text("重新录制", "Record again"),
    "step_watch": Text("观察", "Watch"),
    # what was given
    "circumstances": Text("已告知的情况", "What was told"),
    "no_circumstances": Text(
        "没有提供情况说明。说明何时出现（冷车、制动、转弯……）能让判断更准。",
        "Nothing was told. Saying when it happens (cold start, braking, turning …) sharpens the"
        " result.",
    ),
    "vehicle": Text("车辆", "Vehicle"),
    "powertrain": Text("动力类型", "Powertrain"),
    "powertrain_petrol": Text("汽油", "petrol"),
    "powertrain_diesel": Text("柴油", "diesel"),
    "powertrain_hybrid": Text("混合动力", "hybrid"),
    "powertrain_electric": Text("纯电动", "electric"),
    "mileage": Text("里程", "Mileage"),
    "when": Text("出现时机", "When"),
    "when_cold_start": Text("冷起动", "cold start"),
    "when_warm_idle": Text("热车怠速", "warm idle"),
    "when_accelerating": Text("加速", "accelerating"),
    "when_steady_speed": Text("匀速行驶", "steady speed"),
    "when_braking": Text("制动", "braking"),
    "when_turning_left": Text("左转", "turning left"),
    "when_turning_right": Text("右转", "turning right"),
    "when_bumps": Text("过颠簸路面", "bumps"),
    "when_reversing": Text("倒车", "reversing"),
    "when_charging": Text("充电", "charging"),
    "when_switching_on": Text("上电或点火时", "switching on"),
    "when_parked": Text("停车时", "parked"),
    "when_always": Text("一直都有", "always"),
    "speed": Text("车速", "Speed"),
    "ambient": Text("气温", "Outside temperature"),
    "humidity": Text("湿度", "Humidity"),
    "complaint": Text("车主描述", "Complaint"),
    "codes": Text("故障码", "Trouble codes"),
    # quality, models
    "quality": Text("影响结果可靠性的因素", "What weakens this result"),
    "quality_good": Text("未发现录制质量问题。", "Nothing is wrong with the recording."),
    "advice": Text("建议", "Advice"),
    "models": Text("模型与耗时", "Models and timing"),
    "noise_model": Text("声音模型", "Noise model"),
    "damage_model": Text("画面模型", "Damage model"),
    "version": Text("版本", "version"),
    "decode": Text("解码", "decode"),
    "noise": Text("声音", "sound"),
    "damage": Text("画面", "pictures"),
    "diagnosis": Text("诊断", "diagnosis"),
    "total": Text("合计", "total"),
    "limits": Text("适用范围", "Limits"),
    "limits_text": Text(
        "结果由模型根据这一份记录推断，可能出错；百分比表示模型的把握。涉及制动、转向、轮胎、"
        "燃油或高压部件时，请以技师现场检查为准。",
        "Models inferred this from one recording, and they can be wrong; the percentages say how"
        " sure they are. Where brakes, steering, tyres, fuel or high voltage are concerned, what"
        " a technician finds at the vehicle counts.",
    ),
    "generated": Text(
        "演示：这是程序生成的短片，不是真实车辆的录像。",
        "Demonstration: this clip was generated; it is not a recording of a real vehicle.",
    ),
    "title": Text("听诊报告", "Tingzhen report"),
    "clip": Text("文件", "Clip"),
    "kind_video": Text("视频", "video"),
    "kind_audio": Text("录音", "sound recording"),
    "kind_photo": Text("照片", "photo"),
    "error": Text("无法分析", "Cannot be analysed"),
    "written": Text("报告已写入", "Report written to"),
}


def phrase(key: str, language: Language, /, **values: object) -> str:
    """The words for `key` in `language`, its {places} filled in. KeyError for an unknown key."""
    words = PHRASES[key].to(language)
    return words.format(**values) if values else words


def percent(probability: float, language: Language) -> str:
    """ "73 %" (en) or "73%" (zh); never a rounded 0 % or 100 %, which would claim certainty."""
    gap = " " if language == "en" else ""
    if 0 < probability < 0.01:
        return f"<{gap}1{gap}%"
    if probability > 0.99:
        return f">{gap}99{gap}%"
    return f"{probability * 100:.0f}{gap}%"


def seconds(value: float) -> str:
    return f"{value:.1f}"


def minutes(value: float, language: Language) -> str:
    return phrase("minutes", language, n=f"{value:g}")


def frequency_band(low_hz: float | None, high_hz: float | None, language: Language) -> str:
    """ "2.1 to 3.4 kHz", two figures unless three are needed; empty where there is no band."""
    if low_hz is None or high_hz is None:
        return ""
    key, unit = ("band_hz", 1.0) if high_hz < 1000.0 else ("band_khz", 1000.0)
    for figures in (2, 3, 4):
        low, high = (_figures(value / unit, figures) for value in (low_hz, high_hz))
        if low != high:
            break
    return phrase(key, language, low=low, high=high)


def _figures(value: float, count: int) -> str:
    """`value` rounded to so many significant figures, never in powers of ten."""
    return f"{float(f'{value:.{count}g}'):g}"
