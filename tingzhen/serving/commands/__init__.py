"""The subcommands of `tingzhen`, one a module."""
