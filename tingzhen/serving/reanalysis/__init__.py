"""Clips analysed again, one or many, with what recognises now: asked for, fed to the workers."""

from tingzhen.serving.reanalysis.ask import Asker, Wanted, analyse_again, analyse_many_again, cancel
from tingzhen.serving.reanalysis.feed import feed

__all__ = ["Asker", "Wanted", "analyse_again", "analyse_many_again", "cancel", "feed"]
