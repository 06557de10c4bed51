"""Cases where they are used: the database opened, and frequencies for a diagnosis."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from tingzhen.diagnosis import Circumstances, KnowledgeBase
from tingzhen.errors import CasesUnavailable
from tingzhen.language import Text

if TYPE_CHECKING:
    from tingzhen.diagnosis.cases import CaseStore
    from tingzhen.diagnosis.cases.kept_frequencies import KeptPriorWeights
    from tingzhen.serving.settings import Settings


def open_store(url: str) -> "CaseStore":
    """The database of cases, made where it is missing, brought up to date where it is older.

    Raises CasesUnavailable, DatabaseNewer.
    """
    from tingzhen.diagnosis.cases import open_cases  # noqa: PLC0415 - only who asks for it pays

    upgrade_cases(url)
    return open_cases(url)


def upgrade_cases(url: str) -> None:
    """Bring the tables of cases, experience and guided sessions up to date; processes that start at
    the same time take turns. The folder of a SQLite file is made.

    Raises CasesUnavailable, DatabaseNewer.
    """
    from sqlalchemy.engine import make_url  # noqa: PLC0415 - only who asks for cases pays for it
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415 - see above

    from tingzhen.diagnosis.cases.tables import connect_database  # noqa: PLC0415 - see above
    from tingzhen.diagnosis.cases.transactions import reported  # noqa: PLC0415 - see above
    from tingzhen.serving.migrations import upgrade  # noqa: PLC0415 - see above

    try:
        parts = make_url(url)
        if parts.get_backend_name() == "sqlite" and parts.database:
            Path(parts.database).parent.mkdir(parents=True, exist_ok=True)
    except (ArgumentError, OSError) as error:
        raise CasesUnavailable(
            Text(f"案例数据库的地址无法使用：{error}。请检查 TINGZHEN_DATABASE_URL。",
                 f"The address of the database of cases cannot be used: {error}. "
                 "Check TINGZHEN_DATABASE_URL.")
        ) from error  # fmt: skip
    with reported():
        engine = connect_database(url)
        try:
            upgrade(engine, "cases")
        finally:
            engine.dispose()


def vehicle_secret(settings: "Settings") -> bytes:
    """The key that VINs are hashed with. Raises CasesUnavailable."""
    from tingzhen.diagnosis.cases.work_orders import installation_secret  # noqa: PLC0415 - see above

    if settings.vehicle_secret is not None:
        return settings.vehicle_secret.get_secret_value().encode()
    try:
        return installation_secret(settings.data_dir)
    except OSError as error:
        raise CasesUnavailable(
            Text(f"无法在 {settings.data_dir} 保存车辆密钥：{error.strerror}。"
                 "请设置 TINGZHEN_VEHICLE_SECRET 或 TINGZHEN_DATA_DIR。",
                 f"The key for vehicles cannot be kept in {settings.data_dir}: {error.strerror}. "
                 "Set TINGZHEN_VEHICLE_SECRET or TINGZHEN_DATA_DIR.")
        ) from error  # fmt: skip


class FrequenciesInUse:
    """Frequencies of confirmed faults as diagnosing needs them; nothing is imported or opened while
    they are switched off. Safe to use from several threads."""

    def __init__(self, settings: "Settings") -> None:
        self._url = settings.cases_url()
        self._on = settings.frequencies == "on"
        self._opening = Lock()
        self._store: CaseStore | None = None
        self._kept: KeptPriorWeights | None = None

    def prior_weights(
        self, knowledge: KnowledgeBase, circumstances: Circumstances
    ) -> Mapping[str, float] | None:
        """For `diagnose(..., prior_weights=...)`; None when switched off or without confirmed
        cases. The season is today's. For a vehicle like one before nothing is counted again unless
        a case was kept since. Raises CasesUnavailable."""
        if not self._on:
            return None
        from tingzhen.diagnosis.cases.frequencies import (  # noqa: PLC0415 - only when switched on
            Stratum,
        )
        from tingzhen.diagnosis.cases.kept_frequencies import (  # noqa: PLC0415 - see above
            KeptPriorWeights,
        )

        with self._opening:
            if self._store is None or self._kept is None:
                self._store = open_store(self._url)
                self._kept = KeptPriorWeights(self._store)
        vehicle = circumstances.vehicle
        stratum = Stratum(
            make=vehicle.make, model=vehicle.model, year=vehicle.year,
            powertrain=vehicle.powertrain, mileage_km=vehicle.mileage_km, season_on=date.today(),
            ambient_c=circumstances.ambient_c,
        )  # fmt: skip
        return self._kept.of(knowledge, stratum) or None

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
