"""What confines the decoder, told when a process of the service starts."""

from tingzhen.media import shared_decoder
from tingzhen.serving.logs import log
from tingzhen.serving.settings import Settings


def require_sandbox(settings: Settings) -> None:
    """Log each layer of the decoder's confinement. Raises SandboxMissing, DecoderCrashed.

    Layers that are not in force are warnings; with TINGZHEN_SANDBOX=strict a required one that is
    missing ends the start.
    """
    decoder = shared_decoder()
    for layer in decoder.layers():
        tell = log.info if layer.in_force else log.warning
        tell(
            "decoder confined" if layer.in_force else "decoder not confined",
            extra={"layer": layer.name, "detail": layer.detail},
        )
    decoder.require_sandbox(settings.limits())
