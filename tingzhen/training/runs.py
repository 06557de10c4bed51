"""Where a training run keeps its settings, its log and its checkpoints.

    OUT/config.json            settings of the run, written before anything else
        log.jsonl              one JSON object a line: what happened, with seconds since the epoch
        checkpoints/NAME.pt    torch state, replaced atomically, so a cut-off leaves the last good
        model.onnx, card.md, evaluation.json    the bundle, written at the end

A run that was cut off goes on when it is started again with the same settings; other settings in
the same folder are refused, so that a bundle never mixes two runs.
"""

import fcntl
import json
import os
import subprocess
import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tingzhen.errors import TrainingError
from tingzhen.language import Text

TOLD_EVERY = 20
"""Steps between two losses in the log."""


def not_told(step: int, loss: float) -> None:
    """For a fit whose losses nobody keeps."""


class Run:
    """One training run in one folder; the folder is made when missing."""

    def __init__(self, out_dir: Path) -> None:
        self.out_dir = out_dir
        try:
            (out_dir / "checkpoints").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainingError(
                Text(f"无法写入输出文件夹 {out_dir}：{error.strerror}。",
                     f"The output folder {out_dir} cannot be written: {error.strerror}.")
            ) from error  # fmt: skip
        self._lock = os.open(out_dir / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        weakref.finalize(self, os.close, self._lock)

    def start(self, config: Mapping[str, Any], *, resume: bool = True) -> bool:
        """Write config.json; True when an earlier run with the same settings can go on.

        resume=False forgets earlier checkpoints. Raises TrainingError when the folder holds a run
        with other settings, or when another process trains in it now.
        """
        try:
            fcntl.lockf(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise TrainingError(
                Text(f"另一个进程正在 {self.out_dir} 中训练。请等它结束，或换文件夹。",
                     f"Another process trains in {self.out_dir} now. Wait for it, or choose "
                     "another folder.")
            ) from error  # fmt: skip
        path = self.out_dir / "config.json"
        wanted = json.loads(json.dumps(config))
        going_on = False
        if not resume:
            for old in (self.out_dir / "checkpoints").glob("*.pt"):
                old.unlink()
        elif path.exists():
            if _read_json(path) != wanted:
                raise TrainingError(
                    Text(f"{self.out_dir} 中已有设置不同的训练。请换文件夹，或加 --restart。",
                         f"{self.out_dir} holds a run with other settings. Choose another folder, "
                         "or add --restart.")
                )  # fmt: skip
            going_on = any((self.out_dir / "checkpoints").glob("*.pt"))
        self.write_json("config.json", wanted)
        self.log("resumed" if going_on else "started")
        return going_on

    def log(self, event: str, **facts: Any) -> None:
        """Append one line to log.jsonl."""
        line = json.dumps({"time_s": round(time.time(), 3), "event": event, **facts})
        with (self.out_dir / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def steps_of(self, fit: str) -> Callable[[int, float], None]:
        """For a fit that tells its loss every TOLD_EVERY steps: `step` lines of the log, from which
        curves are drawn."""

        def told(step: int, loss: float) -> None:
            self.log("step", fit=fit, step=step, loss=round(loss, 5))

        return told

    def write_json(self, name: str, content: Any) -> Path:
        """Write OUT/name atomically, UTF-8, two spaces, keys in the given order."""
        text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
        return self.write_bytes(name, text.encode())

    def write_bytes(self, name: str, content: bytes) -> Path:
        """Write OUT/name atomically: a reader sees the old file or the new one."""
        path = self.out_dir / name
        part = path.with_name(path.name + ".part")
        part.write_bytes(content)
        part.replace(path)
        return path

    def save_checkpoint(self, name: str, state: Mapping[str, Any]) -> None:
        """Keep torch `state` (tensors, numbers, strings, lists and dicts of these) under `name`."""
        import torch  # noqa: PLC0415 - a plain install imports this module without torch

        path = self.out_dir / "checkpoints" / f"{name}.pt"
        part = path.with_name(path.name + ".part")
        torch.save(dict(state), part)
        part.replace(path)

    def has_checkpoint(self, name: str) -> bool:
        """Whether something is kept under `name`."""
        return (self.out_dir / "checkpoints" / f"{name}.pt").exists()

    def load_checkpoint(self, name: str) -> dict[str, Any] | None:
        """The state kept under `name`; None when there is none.

        Raises TrainingError when the file is damaged.
        """
        import torch  # noqa: PLC0415

        path = self.out_dir / "checkpoints" / f"{name}.pt"
        if not path.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:
            raise TrainingError(
                Text(f"检查点 {path} 已损坏。请删除它，或加 --restart 重新训练。",
                     f"The checkpoint {path} is damaged. Delete it, or train anew with --restart.")
            ) from error  # fmt: skip
        return state


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None


def seed_everything(seed: int) -> None:
    """Seed Python, numpy and torch, so that a run on the same machine repeats."""
    import random  # noqa: PLC0415

    import numpy as np  # noqa: PLC0415
    import torch  # noqa: PLC0415

    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def training_commit() -> str:
    """Commit of the source tree that trains, "+" after it when changed; "unknown" without git."""
    root = Path(__file__).parents[2]

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, check=True, timeout=20,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        ).stdout.strip()  # fmt: skip

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "--", "tingzhen")
        return git("rev-parse", "--short=12", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.SubprocessError):
        return "unknown"
