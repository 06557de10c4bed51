"""Alembic's configuration for one tree; there is no alembic.ini."""

from pathlib import Path

from alembic.config import Config
from sqlalchemy.engine import Connection

from tingzhen.serving.migrations.trees import Tree


def configuration(tree: Tree, connection: Connection) -> Config:
    """For Alembic's commands on an open transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("version_locations", str(tree.folder))
    config.set_main_option("path_separator", "newline")
    config.attributes.update(tree=tree, connection=connection)
    return config
