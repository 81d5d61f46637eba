"""The measures of a report: what they are called, and what they mean. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass

SHARES = ("%", "‰")
"""Units of shares, which stand with every value."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number.

    Attributes:
        key: its name in the JSON.
        label: its name on the page.
        unit: what it is counted in, empty for plain numbers; one of `SHARES` for a share.
        digits: digits after the point.
        better: "less", "more" or "" where neither is better by itself.
        meaning: one or two sentences for people.
        factor: by which the page multiplies it (shares become percent or per mille).
    """

    key: str
    label: str
    unit: str
    digits: int
    better: str
    meaning: str
    factor: float = 1.0

    def text(self, value: float | None) -> str:
        """The value as people read it, a dash where there is none."""
        if value is None or value != value:
            return "-"
        number = f"{value * self.factor:.{self.digits}f}"
        return f"{number} {self.unit}" if self.unit in SHARES else number

    @property
    def beside(self) -> str:
        """The unit as it stands beside the name or the value, empty where `text` has it."""
        return "" if self.unit in SHARES else self.unit


MEASURES = (
    Measure(
        "region_flicker",
        "Flicker of regions",
        "Lab",
        2,
        "less",
        "How far the mean color of small regions jumps away from the course between the frame "
        "before and the frame after, along the motion. This is the flicker an eye sees.",
    ),
    Measure(
        "relative_flicker",
        "Flicker, share of the color",
        "%",
        1,
        "less",
        "The same as a share of the color there is, so that a pale film wins nothing by being "
        "pale.",
        100,
    ),
    Measure(
        "flicker",
        "Flicker of pixels",
        "Lab",
        2,
        "less",
        "The same of single pixels; the camera's and the encoder's noise counts too.",
    ),
    Measure(
        "warp_error",
        "Warp error, next frame",
        "Lab²",
        2,
        "less",
        "Mean squared change of color from one frame to the next along the motion.",
    ),
    Measure(
        "warp_error_8",
        "Warp error, 8 frames",
        "Lab²",
        1,
        "less",
        "The same over eight frames: colors that wander slowly show here.",
    ),
    Measure(
        "cdc",
        "CDC, thousandths",
        "",
        2,
        "less",
        "Color distribution consistency: how much the histograms of red, green and blue change "
        "over 1, 2 and 4 frames. Sees a tint that pulses over the whole frame, and the source's "
        "own flicker of brightness.",
        1000,
    ),
    Measure(
        "colorfulness",
        "Colorfulness",
        "",
        1,
        "",
        "After Hasler and Süsstrunk: 0 none, 15 slight, 33 moderate, 59 strong.",
    ),
    Measure(
        "gray_share",
        "Left gray",
        "%",
        0,
        "",
        "Share of the frame, neither black nor white, with hardly any tint (C*ab below 5).",
        100,
    ),
    Measure(
        "out_of_range",
        "Out of range",
        "%",
        2,
        "less",
        "Share of the frame whose color no screen can show at its brightness; players clip it.",
        100,
    ),
    Measure(
        "stray_spots",
        "Stray spots",
        "‰",
        2,
        "less",
        "Share of the frame in small spots of strong color that nothing in the picture outlines, "
        "as red specks on a lawn; one frame in eight is looked at. True color has some too: "
        "compare films of like colorfulness.",
        1000,
    ),
    Measure(
        "luma_difference",
        "Luma against the source",
        "codes",
        2,
        "less",
        "Mean difference of brightness to the source, in steps of 255; encoding alone makes some.",
    ),
    Measure(
        "ciede2000",
        "Distance to the truth (CIEDE2000)",
        "",
        2,
        "less",
        "Difference of color an eye sees; 1 is just noticeable side by side.",
    ),
    Measure("ab_rmse", "Distance to the truth (ab RMSE)", "Lab", 2, "less", "Error in a* and b*."),
    Measure("psnr", "PSNR to the truth", "dB", 2, "more", "Of RGB; favors cautious colors."),
    Measure(
        "kept_pixels",
        "Pixels followed",
        "%",
        0,
        "",
        "Share of the pixels whose motion could be trusted. The rest does not count.",
        100,
    ),
)
BY_KEY = {measure.key: measure for measure in MEASURES}
