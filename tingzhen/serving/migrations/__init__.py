"""Migrations of the two databases: of the service's records, and of cases and experience."""

from tingzhen.serving.migrations.run import landed_revision, revision, upgrade
from tingzhen.serving.migrations.trees import TREES, Tree, TreeName, tree

__all__ = ["TREES", "Tree", "TreeName", "landed_revision", "revision", "tree", "upgrade"]
