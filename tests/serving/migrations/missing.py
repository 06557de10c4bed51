"""What a database lacks of the tables that the code has, as operations of a new revision."""

from typing import Any

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection

from tingzhen.serving.migrations import TreeName
from tingzhen.serving.migrations.trees import metadata_of
from tingzhen.serving.records import UtcDateTime


def missing(connection: Connection, name: TreeName) -> str:
    """Empty where nothing is missing; else paste it into the next revision of the tree."""
    metadata = metadata_of(name)
    tables = {table for part in metadata for table in part.tables}

    def include(found: str | None, kind: str, parents: Any) -> bool:
        return kind != "table" or found in tables  # not those of the other tree

    options = {"target_metadata": metadata, "compare_type": True, "include_name": include}
    context = MigrationContext.configure(connection, opts=options)
    wanted = produce_migrations(context, metadata).upgrade_ops
    if wanted is None or wanted.is_empty():
        return ""
    return render_python_code(wanted, render_item=_plainly)


def _plainly(kind: str, item: object, _: object) -> str | bool:
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False
