"""The files VentriSynth ships, and the one function that finds them (from a clone, an install or a frozen build)."""

import tomllib
from importlib import metadata
from pathlib import Path


def resource(*parts: str) -> Path:
    """Path of a shipped file or folder, e.g. ``resource("labels", "synthseg33.json")``."""
    return Path(__file__).resolve().parent.joinpath(*parts)


def version() -> str:
    """VentriSynth's version: what is installed, or what this clone's pyproject.toml says."""
    project = Path(__file__).resolve().parent.parent / "pyproject.toml"
    if project.is_file():
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
    return metadata.version("ventrisynth")
