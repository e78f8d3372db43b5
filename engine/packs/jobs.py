"""What the window asks of the store, as jobs for an engine's thread."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

from engine.events import Event
from engine.jobs import new_id
from engine.packs.store import STAGE, InstalledPack, PackStore
from engine.progress import Progress


@dataclass(frozen=True)
class ListPacksJob:
    """Every pack on this machine. Result: a tuple of `InstalledPack`."""

    store: PackStore
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, tuple[InstalledPack, ...]]:
        """Yields Progressed once."""
        yield Progress(self.id, {"Looking": 1.0}).at("Looking", 0, 1)
        return self.store.packs()


@dataclass(frozen=True)
class InstallPackJob:
    """Install the pack in a folder or a ZIP file. Result: the `InstalledPack`."""

    store: PackStore
    source: Path
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, InstalledPack]:
        """Yields Progressed; raises what `PackStore.install` raises, and leaves nothing behind then."""
        return (yield from self.store.install(self.source, Progress(self.id, {STAGE: 1.0})))


@dataclass(frozen=True)
class RemovePackJob:
    """Remove an installed pack. Result: its title."""

    store: PackStore
    name: str
    id: int = field(default_factory=new_id)

    def run(self) -> Generator[Event, None, str]:
        """Yields Progressed once; raises `BadPackError` for the shipped pack."""
        yield Progress(self.id, {"Removing": 1.0}).at("Removing", 0, 1)
        return self.store.remove(self.name)
