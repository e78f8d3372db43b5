"""What the numbers of other people's label maps mean, as groups of structures that our own labels know too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import EngineError
from engine.labels import LATERAL_VENTRICLES, VENTRICLES

ALL_VENTRICLES, LATERAL = "all ventricles", "lateral ventricles"

#: Group -> values of the 33 SynthSeg classes. Inferior lateral ventricles count as lateral.
OURS: Mapping[str, tuple[int, ...]] = {
    ALL_VENTRICLES: VENTRICLES,
    LATERAL: LATERAL_VENTRICLES,
    "left lateral ventricle": (4, 5),
    "right lateral ventricle": (43, 44),
    "third ventricle": (14,),
    "fourth ventricle": (15,),
    "thalamus": (10, 49),
    "caudate": (11, 50),
    "putamen": (12, 51),
    "pallidum": (13, 52),
    "hippocampus": (17, 53),
    "amygdala": (18, 54),
    "accumbens": (26, 58),
    "ventral diencephalon": (28, 60),
    "brain stem": (16,),
    "cerebellum": (7, 8, 46, 47),
    "cerebral white matter": (2, 41),
    "cerebral cortex": (3, 42),
}

# Both schemes below descend from the BrainCOLOR protocol and share the numbers of everything but the white matter.
_BRAINCOLOR: Mapping[str, tuple[int, ...]] = {
    ALL_VENTRICLES: (4, 11, 49, 50, 51, 52),
    LATERAL: (49, 50, 51, 52),
    "left lateral ventricle": (50, 52),
    "right lateral ventricle": (49, 51),
    "third ventricle": (4,),
    "fourth ventricle": (11,),
    "thalamus": (59, 60),
    "caudate": (36, 37),
    "putamen": (57, 58),
    "pallidum": (55, 56),
    "hippocampus": (47, 48),
    "amygdala": (31, 32),
    "accumbens": (23, 30),
    "ventral diencephalon": (61, 62),
    "brain stem": (35,),
    "cerebellum": (38, 39, 40, 41, 71, 72, 73),
    "cerebral white matter": (44, 45),
    "cerebral cortex": tuple(range(100, 208)),
}
#: White matter by lobe, fornix, both limbs of the internal capsule, corpus callosum.
_MUSE_WHITE_MATTER = tuple(range(81, 96))


@dataclass(frozen=True)
class Scheme:
    """A numbering: where it comes from, and the values of each group of structures in it."""

    name: str
    source: str
    groups: Mapping[str, tuple[int, ...]]


_ALL = (
    Scheme(
        "dlmuse",
        "DLMUSE, which gives MUSE's regions of interest (Doshi et al. 2016, doi:10.1016/j.neuroimage.2015.11.073)",
        {**_BRAINCOLOR, "cerebral white matter": _MUSE_WHITE_MATTER},
    ),
    Scheme(
        "neuromorphometrics",
        "Neuromorphometrics, Inc., BrainCOLOR protocol, as in the MICCAI 2012 multi-atlas labelling challenge",
        _BRAINCOLOR,
    ),
    Scheme("synthseg", "SynthSeg (Billot et al. 2023, doi:10.1016/j.media.2023.102789), FreeSurfer's values", OURS),
)
SCHEMES: Mapping[str, Scheme] = {scheme.name: scheme for scheme in _ALL}


def scheme(name: str) -> Scheme:
    """The numbering of that name. Raises `EngineError`."""
    if name not in SCHEMES:
        raise EngineError(f"There is no numbering called {name}; choose one of {', '.join(SCHEMES)}.")
    return SCHEMES[name]
