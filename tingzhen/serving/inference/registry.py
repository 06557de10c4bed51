"""Versions of the recognisers: kept whole in the file store, with their states in the records.

    kept      can be activated
    active    one of a task: hears or sees every clip
    shadow    at most one of a task: judges clips after the report, for comparison only
    retired   out of use; adding the same bundle again brings it back

Blocking; call it in worker threads.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from tingzhen.errors import BundleError, ModelStateInvalid
from tingzhen.language import Text
from tingzhen.serving.files import FileStore
from tingzhen.serving.inference.bundle_folder import (
    NETWORK,
    PAPERS,
    network_of,
    task_of,
    version_name,
)
from tingzhen.serving.inference.counters import InferenceCounters
from tingzhen.serving.inference.loading import LoadedModel, load_model
from tingzhen.serving.inference.states import (
    in_state,
    known,
    make_active,
    not_active,
    refuse_same_name,
    usable,
    with_content,
)
from tingzhen.serving.records import (
    ModelState,
    ModelVersion,
    RecogniserTask,
    lock_name,
    reading,
    writing,
)
from tingzhen.serving.settings import Settings


class ModelRegistry:
    """The versions of one service; safe to use from several threads and processes.

    All methods raise RecordsUnavailable and FilesUnavailable.
    """

    def __init__(self, records: Engine, files: FileStore, settings: Settings) -> None:
        self._records = records
        self._files = files
        self._settings = settings

    def versions(self, *states: ModelState) -> list[ModelVersion]:
        """All versions, those of one task together, the last added first; or only those in some
        states."""
        query = select(ModelVersion).order_by(ModelVersion.task, ModelVersion.added_at.desc())
        if states:
            query = query.where(ModelVersion.state.in_(states))
        with reading(self._records) as session:
            return list(session.scalars(query))

    def version(self, task: RecogniserTask, version: str) -> ModelVersion:
        """Raises ModelUnknown."""
        with reading(self._records) as session:
            return known(session, task, version)

    def network(self, version: ModelVersion) -> bytes:
        """Content of its ONNX file. Raises BundleError when that is not what was added."""
        content = self._files.read(f"{version.path_or_key}/{NETWORK}")
        if hashlib.sha256(content).hexdigest() != version.sha256:
            raise BundleError(
                Text(f"模型 {version.task} {version.version} 的文件已损坏（sha256 不符）。"
                     "请重新添加。",
                     f"The file of model {version.task} {version.version} is damaged (its sha256 "
                     "differs). Add the bundle again.")
            )  # fmt: skip
        return content

    def card(self, version: ModelVersion) -> str | None:
        """The bundle's card (Markdown), None where it came without."""
        content = self._paper(version, "card.md")
        return None if content is None else content.decode(errors="replace")

    def evaluation(self, version: ModelVersion) -> dict[str, Any] | None:
        """The bundle's evaluation, None where it came without or holds no JSON object."""
        content = self._paper(version, "evaluation.json")
        try:
            found = None if content is None else json.loads(content)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def add(self, folder: Path) -> ModelVersion:
        """Keep the bundle in a folder, whole; it is in no use yet. One that is kept already is
        left as it is, but no longer retired.

        Raises BundleError for one that cannot serve, ModelStateInvalid when another bundle of the
        task has its version.
        """
        task = task_of(folder)
        content = network_of(folder)
        version = version_name(load_model(content, task, str(folder), self._settings).info.version)
        return self._keep(task, version, folder, content)

    def adopt(
        self, task: RecogniserTask, folder: Path, counters: InferenceCounters | None = None
    ) -> LoadedModel | None:
        """Keep the bundle that the settings name, and make it active as long as nobody has chosen
        another: a new release then brings its new models, and a choice is never undone.

        Returns the model where it had to be tried out and goes by its own version. Raises
        BundleError.
        """
        content = network_of(folder)
        sha256 = hashlib.sha256(content).hexdigest()
        found = self._kept_as(task, sha256)
        new, tried = found is None, None
        if found is None:
            tried = load_model(content, task, str(folder), self._settings, counters=counters)
            version = version_name(tried.info.version)
            if any(v.version == version and v.task == task for v in self.versions()):
                version = f"{version[:55]}+{sha256[:8]}"
            found = self._keep(task, version, folder, content)
        with self._changing() as session:
            active = in_state(session, task, "active")
            if active is None or (new and active.activated_by is None):
                make_active(session, known(session, task, found.version), None)
        return tried if tried is not None and tried.info.version == found.version else None

    def activate(self, task: RecogniserTask, version: str, by: str) -> ModelVersion:
        """Make a version the active one, once it has been tried out. by: key of who does it.

        Every process takes it up within TINGZHEN_MODELS_CHECK_S; jobs that run go on with the one
        they began with. Raises ModelUnknown, ModelStateInvalid when it is retired, and BundleError
        when it fails its trial: then nothing changes.
        """
        found = self._tried(task, version)
        with self._changing() as session:
            found = usable(known(session, task, version))
            if found.state != "active":
                make_active(session, found, by)
        return found

    def roll_back(self, task: RecogniserTask, by: str) -> ModelVersion:
        """Activate the version that was active before this one. See `activate`."""
        before = [v for v in self.versions("kept", "shadow")
                  if v.task == task and v.activated_at is not None]  # fmt: skip
        if not before:
            raise ModelStateInvalid(
                Text(f"{task} 没有可以退回的版本。请用 activate 指明版本。",
                     f"There is no version of {task} to go back to. Name one with activate.")
            )  # fmt: skip
        last = max(before, key=lambda v: v.activated_at or v.added_at)
        return self.activate(task, last.version, by)

    def shadow(self, task: RecogniserTask, version: str) -> ModelVersion:
        """Let a version judge every clip after its report, in place of an earlier shadow.

        Raises ModelUnknown, BundleError, and ModelStateInvalid when it is active or retired.
        """
        self._tried(task, version)
        with self._changing() as session:
            found = usable(known(session, task, version))
            not_active(found)
            earlier = in_state(session, task, "shadow")
            if earlier is not None:
                earlier.state = "kept"
            found.state = "shadow"
        return found

    def end_shadow(self, task: RecogniserTask) -> None:
        """No version of the task judges in the shadow any more."""
        with self._changing() as session:
            found = in_state(session, task, "shadow")
            if found is not None:
                found.state = "kept"

    def retire(self, task: RecogniserTask, version: str) -> ModelVersion:
        """Take a version out of use. Its files stay: reports name it. Raises ModelUnknown, and
        ModelStateInvalid for the active one."""
        with self._changing() as session:
            found = not_active(known(session, task, version))
            found.state = "retired"
        return found

    @contextmanager
    def _changing(self) -> Iterator[Session]:
        """One transaction; nobody else changes a state before it ends."""
        with writing(self._records) as session:
            lock_name(session, "models")
            yield session

    def _tried(self, task: RecogniserTask, version: str) -> ModelVersion:
        found = usable(self.version(task, version))
        load_model(self.network(found), task, f"{task} {version}", self._settings)
        return found

    def _keep(
        self, task: RecogniserTask, version: str, folder: Path, content: bytes
    ) -> ModelVersion:
        sha256 = hashlib.sha256(content).hexdigest()
        key = f"models/{task}/{sha256}"
        known = self._kept_as(task, sha256)
        if known is None:
            refuse_same_name(self.versions(), task, version)
            for name in PAPERS:
                if (folder / name).is_file():
                    self._files.put_bytes(f"{key}/{name}", (folder / name).read_bytes())
            # Copied, not linked: a folder that is trained into again must not change what is kept.
            self._files.put_bytes(f"{key}/{NETWORK}", content)
        with self._changing() as session:
            found = with_content(session, task, sha256)
            if found is None:
                refuse_same_name(session.scalars(select(ModelVersion)), task, version)
                found = ModelVersion(
                    task=task, version=version, sha256=sha256, path_or_key=key,
                    added_at=datetime.now(UTC),
                )  # fmt: skip
                session.add(found)
            elif found.state == "retired":
                found.state = "kept"
        return found

    def _kept_as(self, task: RecogniserTask, sha256: str) -> ModelVersion | None:
        with reading(self._records) as session:
            return session.scalars(select(ModelVersion).filter_by(task=task, sha256=sha256)).first()

    def _paper(self, version: ModelVersion, name: str) -> bytes | None:
        key = f"{version.path_or_key}/{name}"
        return self._files.read(key) if self._files.exists(key) else None
