"""The files VentriSynth ships, and the one function that finds them (from a clone, an install or a frozen build)."""

from pathlib import Path


def resource(*parts: str) -> Path:
    """Path of a shipped file or folder, e.g. ``resource("labels", "synthseg33.json")``."""
    return Path(__file__).resolve().parent.joinpath(*parts)
