"""Published weights of other people's systems: their addresses and hashes.

None is bundled; `vidcolor fetch NAME` downloads them. Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import WeightsError


@dataclass(frozen=True, slots=True)
class Published:
    """One published weight file.

    Attributes:
        name: the system it belongs to, the argument of `vidcolor fetch`.
        file: its name on this machine.
        url: the authors' own address.
        bytes: size, for listings.
        sha256: hash in hexadecimal, or its first digits if only those are known.
        license: license of the weights.
        hash_source: where the hash comes from.
    """

    name: str
    file: str
    url: str
    bytes: int
    sha256: str
    license: str
    hash_source: str


_TORCH = "https://download.pytorch.org/models/"
_ZHANG = "https://colorizers.s3.us-east-2.amazonaws.com/"
_DDCOLOR = "https://huggingface.co/piddnad/ddcolor_"
_IN_NAME = "first digits in the authors' file name"
_OTHERS = "several independent projects"

TABLE = (
    Published(
        "zhang2016",
        "colorization_release_v2-9b330a0b.pth",
        f"{_ZHANG}colorization_release_v2-9b330a0b.pth",
        128_976_165,
        "9b330a0bae53f4ded77b1e23defbf78beaa09c10ebc4c4999e8e4f4a160b93f9",
        "BSD-2-Clause",
        f"{_IN_NAME}, the rest from {_OTHERS}",
    ),
    Published(
        "zhang2017",
        "siggraph17-df00044c.pth",
        f"{_ZHANG}siggraph17-df00044c.pth",
        136_787_426,
        "df00044c0a4d7c3edcecf6f75437ce346a66e7a42612d9b968e1a7e17dbc6f66",
        "BSD-2-Clause",
        f"{_IN_NAME}, the rest from Open Model Zoo",
    ),
    Published(
        "deoldify-artistic",
        "ColorizeArtistic_gen.pth",
        "https://data.deepai.org/deoldify/ColorizeArtistic_gen.pth",
        255_144_681,
        "3f750246fa220529323b85a8905f9b49c0e5d427099185334d048fb5b5e22477",
        "MIT",
        _OTHERS,
    ),
    Published(
        "deoldify-stable",
        "ColorizeStable_gen.pth",
        "https://www.dropbox.com/s/axsd2g85uyixaho/ColorizeStable_gen.pth?dl=1",
        874_066_230,
        "ca9cd7f43fb8b222c9a70f7b292e305a000694b0ff9d2ae4a6747b1a2e1ee5af",
        "MIT",
        _OTHERS,
    ),
    Published(
        "deoldify-video",
        "ColorizeVideo_gen.pth",
        "https://data.deepai.org/deoldify/ColorizeVideo_gen.pth",
        874_066_230,
        "e3d98bb6a222354c79f95485c2f078a89dc724e9183662506d9e0f5aafac83ad",
        "MIT",
        _OTHERS,
    ),
    Published(
        "ddcolor",
        "ddcolor_modelscope.bin",
        f"{_DDCOLOR}modelscope/resolve/060f67494e31883a4b13cb27f889f3154847ada4/pytorch_model.bin",
        911_914_869,
        "d81711971ec59200da26d5e8a1afae8dd3778d495ea8ad7a7dadc769f403f7e7",
        "Apache-2.0",
        _OTHERS,
    ),
    Published(
        "ddcolor-tiny",
        "ddcolor_paper_tiny.bin",
        f"{_DDCOLOR}paper_tiny/resolve/cf9fd99c1d7472689ec7413441c1b799a51866a3/pytorch_model.bin",
        220_372_845,
        "8a1277bc90a1bfbb6d2d83933a9a6bc821931879ca93e26e4fcec12165d41fce",
        "Apache-2.0",
        _OTHERS,
    ),
    Published(
        "ddcolor-artistic",
        "ddcolor_artistic.bin",
        f"{_DDCOLOR}artistic/resolve/aa10f72fffc89a6658e37b48556050b4d9a26f63/pytorch_model.bin",
        911_914_869,
        "5a076e84efce59848394f572a105f7b78f7f6e917f615d1ee88537241b96dca3",
        "Apache-2.0",
        "one independent project",
    ),
    Published(
        "raft-small-official",
        "raft_small_C_T_V2-01064c6d.pth",
        f"{_TORCH}raft_small_C_T_V2-01064c6d.pth",
        4_006_600,
        "01064c6d",
        "BSD-3-Clause",
        _IN_NAME,
    ),
    Published(
        "raft-large-official",
        "raft_large_C_T_SKHT_V2-ff5fadd5.pth",
        f"{_TORCH}raft_large_C_T_SKHT_V2-ff5fadd5.pth",
        21_107_000,
        "ff5fadd5",
        "BSD-3-Clause",
        _IN_NAME,
    ),
    Published(
        "resnet18-imagenet",
        "resnet18-f37072fd.pth",
        f"{_TORCH}resnet18-f37072fd.pth",
        46_831_000,
        "f37072fd",
        "BSD-3-Clause",
        _IN_NAME,
    ),
    Published(
        "vgg16-imagenet",
        "vgg16-397923af.pth",
        f"{_TORCH}vgg16-397923af.pth",
        553_434_000,
        "397923af",
        "BSD-3-Clause",
        _IN_NAME,
    ),
)


def get(name: str) -> Published | None:
    """The published weight file of the system `name`, None if there is none."""
    return next((entry for entry in TABLE if entry.name == name), None)


def require(name: str) -> Published:
    """Like `get`, for a system that must have published weights.

    Raises:
        WeightsError: no weights are published under that name.
    """
    entry = get(name)
    if entry is None:
        raise WeightsError(
            f"no published weights for {name!r}",
            hint=f"available: {', '.join(e.name for e in TABLE)}",
        )
    return entry
