"""Migrations of the two databases: of the service's records, and of cases and experience."""

from tingzhen.serving.migrations.run import revision, upgrade
from tingzhen.serving.migrations.trees import TREES, Tree, TreeName, tree

__all__ = ["TREES", "Tree", "TreeName", "revision", "tree", "upgrade"]
