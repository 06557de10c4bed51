"""Where each noise can lie at all, and how it gives itself away when it never stops.

The bounds are wide on purpose: they keep a search from being led away by the idle's low harmonics
or by hiss of the codec, and decide nothing else. Sources beside the numbers.
"""

from dataclasses import dataclass
from typing import Final, Literal

from tingzhen.audio.vocabulary import NoiseType

Kind = Literal["impulsive", "tonal", "broad"]
"""impulsive: impacts, loud for moments. tonal: a line above its surroundings. broad: a hump."""

NYQUIST_HZ: Final = 8000.0


@dataclass(frozen=True, slots=True)
class BandPrior:
    """low_hz, high_hz: the noise is looked for between these."""

    low_hz: float
    high_hz: float
    kind: Kind


BAND_PRIORS: Final[dict[NoiseType, BandPrior]] = {
    # Mechanical and combustion knock radiates from 0.5 to 4 kHz (Priede 1979, "Problems and
    # Developments in Automotive Engine Noise Research", SAE 790205); detonation rings at the first
    # mode of the cylinder, near 6 kHz for a bore of 86 mm (Draper 1938, NACA report 493).
    "knock": BandPrior(300.0, NYQUIST_HZ, "impulsive"),
    # Tappets, injectors and chains hit light stiff parts: clicks of 1 kHz and more (Priede 1979).
    "tick": BandPrior(1000.0, NYQUIST_HZ, "impulsive"),
    # Brake squeal is called so from 1 kHz up (Kinkaid, O'Reilly and Papadopoulos 2003, "Automotive
    # disc brake squeal", J. Sound Vib. 267); belts and trim chirp from about 500 Hz.
    "squeal": BandPrior(500.0, NYQUIST_HZ, "tonal"),
    # Friction without a lock-on: groan from 100 Hz to scraping over the whole band (Akay 2002,
    # "Acoustics of friction", J. Acoust. Soc. Am. 111).
    "grind": BandPrior(200.0, NYQUIST_HZ, "broad"),
    # Gear mesh, pumps, alternators and inverter switching: teeth or slots times shaft speed, some
    # 200 Hz to 10 kHz (Houser 2007, "Gear noise and vibration prediction and control methods").
    "whine": BandPrior(200.0, NYQUIST_HZ, "tonal"),
    # Worn wheel bearings and tyre cavities boom below 500 Hz (Sandberg and Ejsmont 2002,
    # "Tyre/Road Noise Reference Book").
    "rumble": BandPrior(30.0, 600.0, "broad"),
    # Blows in driveline and suspension: 300 Hz to 5 kHz of metal (Menday, Rahnejat and Ebrahimi
    # 1999, "Clunk", Proc. IMechE D 213) over the thud of the body from 50 Hz.
    "clunk": BandPrior(50.0, 5000.0, "impulsive"),
    # Rattle of loose parts: 200 Hz to 10 kHz (Kavarana and Rediers 2001, "Squeak and rattle: state
    # of the art and beyond", Sound and Vibration 35).
    "rattle": BandPrior(200.0, NYQUIST_HZ, "impulsive"),
    # A thin jet is loudest at a Strouhal number near 0.2 (Lighthill 1952, Proc. R. Soc. A 211): for
    # gaps of millimetres and 50 m/s or more that is above 1.5 kHz.
    "hiss": BandPrior(1500.0, NYQUIST_HZ, "broad"),
    # A leaking exhaust puffs at the firing frequency and its harmonics, with flow noise above
    # (Munjal 2014, "Acoustics of Ducts and Mufflers").
    "exhaust_blow": BandPrior(30.0, 3000.0, "broad"),
    # A missing cylinder shows in half engine orders, below the firing frequency, and in the body
    # booming with them (Munjal 2014); above some hundred hertz nothing tells it apart.
    "misfire": BandPrior(30.0, 800.0, "broad"),
    # Starter gears and compressions of slow cranking, or the bare click of the relay.
    "start_failure": BandPrior(50.0, 6000.0, "impulsive"),
}
