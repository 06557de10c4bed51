"""States of versions within a transaction that holds the lock "models"."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tingzhen.errors import ModelStateInvalid, ModelUnknown
from tingzhen.language import Text
from tingzhen.serving.records import ModelState, ModelVersion, RecogniserTask


def known(session: Session, task: RecogniserTask, version: str) -> ModelVersion:
    """Raises ModelUnknown."""
    found = session.get(ModelVersion, (task, version))
    if found is None:
        raise ModelUnknown(
            Text(f"没有 {task} 模型 {version}。请用 tingzhen models list 查看。",
                 f"There is no {task} model {version}. See tingzhen models list.")
        )  # fmt: skip
    return found


def in_state(session: Session, task: RecogniserTask, state: ModelState) -> ModelVersion | None:
    """The first version of the task in that state."""
    return session.scalars(select(ModelVersion).filter_by(task=task, state=state)).first()


def with_content(session: Session, task: RecogniserTask, sha256: str) -> ModelVersion | None:
    """The version of the task that is the bundle with this ONNX file."""
    return session.scalars(select(ModelVersion).filter_by(task=task, sha256=sha256)).first()


def make_active(session: Session, version: ModelVersion, by: str | None) -> None:
    """In place of the one that is. by: None where the settings named it."""
    before = in_state(session, version.task, "active")
    if before is not None:
        before.state = "kept"
        session.flush()  # the table has no room for two active ones, not even for a moment
    version.state = "active"
    version.activated_at = datetime.now(UTC)
    version.activated_by = by


def usable(version: ModelVersion) -> ModelVersion:
    """Raises ModelStateInvalid for a retired one."""
    if version.state == "retired":
        raise ModelStateInvalid(
            Text(f"模型 {version.task} {version.version} 已停用。请重新添加该模型包后再使用。",
                 f"Model {version.task} {version.version} is retired. Add its bundle again to use "
                 "it.")
        )  # fmt: skip
    return version


def not_active(version: ModelVersion) -> ModelVersion:
    """Raises ModelStateInvalid for the active one."""
    if version.state == "active":
        raise ModelStateInvalid(
            Text(f"模型 {version.task} {version.version} 正在使用。请先启用另一个版本。",
                 f"Model {version.task} {version.version} is active. Activate another one first.")
        )  # fmt: skip
    return version


def refuse_same_name(
    versions: Iterable[ModelVersion], task: RecogniserTask, version: str
) -> None:  # fmt: skip
    """Raises ModelStateInvalid when the task has a version of that name."""
    if any(v.task == task and v.version == version for v in versions):
        raise ModelStateInvalid(
            Text(f"已有另一个 {task} 模型使用版本号 {version}。请以另一个版本号导出。",
                 f"Another {task} model has version {version}. Export this one under another.")
        )  # fmt: skip
