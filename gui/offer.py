"""Whether what somebody wants is what a model pack can make."""

from __future__ import annotations

from engine.errors import EngineError
from engine.pack import ModelPack
from engine.recipe import Recipe


def offers(pack: ModelPack | None, recipe: Recipe) -> bool:
    """Whether there is a pack, and it can make this."""
    if pack is None:
        return False
    try:
        pack.check(recipe)
    except EngineError:
        return False
    return True
