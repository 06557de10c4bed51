"""All that the service keeps in one file, and back from it, on any database and any file store."""

from tingzhen.serving.backup.load import Restored, restore
from tingzhen.serving.backup.save import Saved, back_up

__all__ = ["Restored", "Saved", "back_up", "restore"]
