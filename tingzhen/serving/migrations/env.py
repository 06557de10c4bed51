"""Alembic runs this module for each command, with the tree and the open transaction given."""

from alembic import context

from tingzhen.serving.migrations.trees import Tree

_tree: Tree = context.config.attributes["tree"]
context.configure(
    connection=context.config.attributes["connection"],
    version_table=_tree.version_table,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
