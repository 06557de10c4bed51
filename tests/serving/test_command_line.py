"""The command as people and programs meet it: a process, its output and its exit status."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import numpy as np
import psutil
import pytest

from tests.serving.conftest import Tingzhen, clean_environment
from tests.serving.examples import tone
from tests.serving.fixed_report import ERROR, REPORT
from tingzhen.serving.sound import encode_wav

FORBIDDEN = ["fastapi", "sqlalchemy", "obstore", "uvicorn", "torch", "librosa", "sklearn", "onnx"]


@pytest.fixture(scope="module")
def sound_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "b.wav"
    path.write_bytes(encode_wav(tone(3.0)))
    return path


def lines(output: str) -> list[dict]:
    return [json.loads(line) for line in output.splitlines()]


def test_wrong_usage_ends_with_status_2(tingzhen_here: Tingzhen, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"wheel": 4}', encoding="utf-8")
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    for arguments in (
        ["diagnose"],
        ["diagnose", "x.mp4", "--lang", "fr"],
        ["diagnose", "x.mp4", "--context", str(bad)],
        ["diagnose", "x.mp4", "--context", str(broken)],
        ["diagnose", "x.mp4", "--context", str(tmp_path / "missing.json")],
        ["diagnose", "x.mp4", "--html", str(bad)],
        ["diagnose", "x.mp4", "--loud"],
        ["sing"],
        ["serve", "--port", "70000"],
    ):
        done = tingzhen_here(*arguments)
        assert done.returncode == 2, arguments
        assert done.stdout == ""
        assert done.stderr.strip()
        assert "Traceback" not in done.stderr
        if str(bad) in arguments and "--context" in arguments:
            assert "wheel" in done.stderr


def test_a_wrong_setting_is_wrong_usage(tingzhen_here: Tingzhen) -> None:
    done = tingzhen_here("diagnose", "x.mp4", TINGZHEN_MAX_FRAMES="many")
    assert done.returncode == 2
    assert "TINGZHEN_MAX_FRAMES" in done.stderr
    assert "Traceback" not in done.stderr


def test_one_bad_path_does_not_stop_the_others(
    tingzhen: Tingzhen, tmp_path: Path, sound_file: Path
) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    done = tingzhen("diagnose", tmp_path / "gone.mp4", sound_file, empty, "--json")
    assert done.returncode == 1, done.stderr
    gone, report, nothing = lines(done.stdout)
    jsonschema.validate(gone, ERROR)
    jsonschema.validate(report, REPORT)
    assert (gone["code"], nothing["code"]) == ("not_found", "empty_file")
    assert report["clip"]["name"] == "b.wav"
    assert "Traceback" not in done.stderr


def test_a_folder_gives_its_clips_by_name(tingzhen_here: Tingzhen, tmp_path: Path) -> None:
    for name in ("c.wav", "a.wav", "b.wav"):
        (tmp_path / name).write_bytes(encode_wav(tone(1.5)))
    (tmp_path / "README.txt").write_text("no clip", encoding="utf-8")
    done = tingzhen_here("diagnose", tmp_path, "--json", "--lang", "zh")
    assert done.returncode == 0, done.stderr
    assert [report["clip"]["name"] for report in lines(done.stdout)] == ["a.wav", "b.wav", "c.wav"]


def test_the_language_is_that_of_option_setting_or_locale(
    tingzhen_here: Tingzhen, sound_file: Path
) -> None:
    def first_name(*options: str, **environment: str) -> str:
        done = tingzhen_here("diagnose", sound_file, "--json", *options, **environment)
        names = {entry["type"]: entry["name"] for entry in lines(done.stdout)[0]["noise"]["types"]}
        return names["knock"]

    assert first_name(LC_ALL="zh_CN.UTF-8") == "敲击声"
    assert first_name("--lang", "en", TINGZHEN_LANG="zh") == "Knock"


def test_a_bare_locale_still_speaks_chinese(tingzhen: Tingzhen, sound_file: Path) -> None:
    bare = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = tingzhen("diagnose", sound_file, "--lang", "zh", **bare)
    assert done.returncode == 0, done.stderr
    assert "可能的原因" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_said_without_a_traceback(sound_file: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tingzhen.command_line", "diagnose", str(sound_file), "--json"],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
            env=clean_environment(),
        )  # fmt: skip
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_circumstances_reach_the_report(tingzhen_here: Tingzhen, tmp_path: Path) -> None:
    clip, context = tmp_path / "a.wav", tmp_path / "context.json"
    clip.write_bytes(encode_wav(tone(3.0)))
    context.write_text('{"when": ["braking"], "complaint": "刹车异响"}', encoding="utf-8")
    done = tingzhen_here("diagnose", clip, "--context", context, "--lang", "zh")
    assert done.returncode == 0, done.stderr
    assert "刹车异响" in done.stdout


@pytest.mark.slow
def test_the_generated_clip_end_to_end(
    tingzhen: Tingzhen, sample_clip: Path, tmp_path: Path
) -> None:
    done = tingzhen("diagnose", sample_clip, sample_clip, "--json", "--html", tmp_path / "pages")
    assert done.returncode == 0, done.stderr
    report, again = lines(done.stdout)
    jsonschema.validate(report, REPORT)
    assert "generated_clip" in [fact["code"] for fact in report["quality"]]
    assert report["clip"]["video"]["frames_used"] >= 1
    assert {k: v for k, v in report.items() if k != "timing_ms"} == {
        k: v for k, v in again.items() if k != "timing_ms"
    }
    pages = sorted(page.name for page in (tmp_path / "pages").iterdir())
    assert pages == ["generated-2.html", "generated.html"]
    page = (tmp_path / "pages" / "generated.html").read_text(encoding="utf-8")
    assert 'class="generated"' in page
    shown = tingzhen("diagnose", sample_clip, "--lang", "zh")
    assert shown.returncode == 0
    assert "演示" in shown.stdout


def test_a_missing_model_is_an_error_object(
    tingzhen_here: Tingzhen, sound_file: Path, tmp_path: Path
) -> None:
    done = tingzhen_here("diagnose", sound_file, "--json", TINGZHEN_NOISE_MODEL=str(tmp_path))
    assert done.returncode == 1
    assert lines(done.stdout)[0]["code"] == "bundle_invalid"
    assert "Traceback" not in done.stderr


def test_diagnose_imports_no_web_framework_and_no_training_stack(sound_file: Path) -> None:
    program = (
        "import sys\n"
        "from tingzhen.command_line import app\n"
        f"app(['diagnose', {str(sound_file)!r}, '--json'], standalone_mode=False)\n"
    )
    check = f"print([m for m in {FORBIDDEN!r} if m in sys.modules], file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", f"import atexit, sys\natexit.register(lambda: {check})\n{program}"],
        capture_output=True, text=True, timeout=120, check=False,
        # Where cases are kept, they are asked, by SQLAlchemy.
        env=clean_environment(XDG_DATA_HOME=str(sound_file.parent / "nothing-kept")),
    )  # fmt: skip
    assert lines(done.stdout)[0]["schema"] == "tingzhen.report/1", done.stderr
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once_and_leaves_no_child(tmp_path: Path, number: int) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000 * 20).astype(np.float32)
    for index in range(60):
        (tmp_path / f"{index:02}.wav").write_bytes(encode_wav(noise))
    with subprocess.Popen(
        [sys.executable, "-m", "tingzhen.command_line", "diagnose", str(tmp_path), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_environment(),
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert running.stderr is not None
        assert json.loads(running.stdout.readline())["schema"] == "tingzhen.report/1"
        children = psutil.Process(running.pid).children(recursive=True)
        assert children
        running.send_signal(number)
        running.wait(timeout=20)
        said = running.stderr.read()
    assert running.returncode == 128 + number
    assert "Traceback" not in said
    until = time.monotonic() + 5
    while any(child.is_running() for child in children) and time.monotonic() < until:
        time.sleep(0.05)
    assert not [c for c in children if c.is_running() and c.status() != psutil.STATUS_ZOMBIE]
