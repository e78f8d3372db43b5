"""The packs of this machine: the one that ships with VentriSynth, and those the user installed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import BadPackError, OutputError
from engine.events import Progressed
from engine.io.files import TEMPORARY, temporary_folder
from engine.pack import MANIFEST, ModelPack, load_pack, read_manifest, starter_pack_folder
from engine.packs.memory import MemoryNeed, memory_need
from engine.packs.source import Source, opened_source
from engine.progress import Progress

STAGE = "Copying and checking"
CHUNK_BYTES = 4 * 2**20
#: Manifest and label table are small; whatever else ends in .json is not for us.
LARGEST_TEXT_BYTES = 8 * 2**20
#: Texts that are installed with a pack because its terms may ask for it.
TEXTS = re.compile(r"(LICEN[CS]E|NOTICE|README|CITATION)", re.IGNORECASE)
#: What a crash left behind is swept away after so long; a younger one may be an installation that still runs.
STALE_SECONDS = 24 * 3600


@dataclass(frozen=True, eq=False)
class InstalledPack:
    """One pack on this machine, and the memory it needs. ``pack`` is None where it cannot be used, and ``trouble``
    says why."""

    folder: Path
    pack: ModelPack | None
    size_bytes: int
    shipped: bool = False
    trouble: str = ""
    need: MemoryNeed | None = None

    @property
    def key(self) -> str:
        """What it is called on the command line and in the settings: its folder's name."""
        return self.folder.name

    @property
    def title(self) -> str:
        """Its name and version."""
        return self.key if self.pack is None else f"{self.pack.name} {self.pack.version}"


@dataclass(frozen=True)
class PackStore:
    """Packs installed in ``folder``, which need not exist yet, and the ``shipped`` one, which is only read."""

    folder: Path
    shipped: Path = field(default_factory=starter_pack_folder)

    def packs(self) -> tuple[InstalledPack, ...]:
        """Every pack, the shipped one first, the others by name; also those that cannot be used."""
        found = [_installed(self.shipped, shipped=True)] if self.shipped.is_dir() else []
        return (*found, *(_installed(folder) for folder in self._folders()))

    def find(self, name: str) -> InstalledPack:
        """The pack of that key, title or name. Raises `BadPackError` if there is none, or more than one."""
        packs, wanted = self.packs(), name.casefold()
        for matches in (
            [one for one in packs if one.key.casefold() == wanted],
            [one for one in packs if one.title.casefold() == wanted],
            [one for one in packs if one.pack is not None and one.pack.name.casefold() == wanted],
        ):
            if len(matches) == 1:
                return matches[0]
            if matches:
                names = " or ".join(one.key for one in matches)
                raise BadPackError(f"More than one model pack is called {name}; choose {names}.")
        known = ", ".join(one.key for one in packs) or "none"
        raise BadPackError(f"No model pack called {name} is installed; installed: {known}.")

    def install(self, source: Path, progress: Progress) -> Generator[Progressed, None, InstalledPack]:
        """Install the pack in a folder or a ZIP file; yields progress.

        Every network is compared with its SHA-256 while it is copied. All is written beside and renamed at the end,
        so that a pack is there completely or not at all. Raises `BadPackError` for what is no sound pack or is
        installed already, `OutputError` where there is no room.
        """
        with opened_source(source) as opened:
            self._prepare(opened)
            yield progress.at(STAGE, 0, 1)
            beside = temporary_folder(self.folder)
            try:
                pack = _copy_texts(opened, beside)
                target = self._new_place(pack)
                yield from _copy_networks(opened, pack, beside, progress)
                load_pack(beside)
                os.rename(beside, target)
            finally:
                shutil.rmtree(beside, ignore_errors=True)
        return _installed(target)

    def remove(self, name: str) -> str:
        """Remove a pack that was installed, and give its title. Raises `BadPackError` for the shipped one."""
        one = self.find(name)
        if one.shipped:
            raise BadPackError(f"{one.title} ships with VentriSynth and cannot be removed.")
        # Renamed first: a pack of which only a part is left must not be seen by anyone.
        beside = temporary_folder(self.folder)
        try:
            os.rename(one.folder, beside / one.key)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        return one.title

    def _folders(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        inside = (path for path in sorted(self.folder.iterdir()) if not path.name.startswith((TEMPORARY, ".")))
        return [path for path in inside if (path / MANIFEST).is_file()]

    def _prepare(self, source: Source) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob(f"{TEMPORARY}*"):
            if time.time() - left.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        needed, free = sum(source.sizes.values()), shutil.disk_usage(self.folder).free
        if needed > free:
            raise OutputError(
                f"The pack takes {needed / 2**20:.0f} MiB and {self.folder} has {free / 2**20:.0f} MiB left; make room "
                "or choose another folder for packs in the settings."
            )

    def _new_place(self, pack: ModelPack) -> Path:
        """The folder a pack is going to have. Raises `BadPackError` if it, or one of its name, is there already."""
        for one in self.packs():
            if one.pack is not None and one.pack.sha256 == pack.sha256:
                raise BadPackError(f"{one.title} is installed already; there is nothing to do.")
        target = self.folder / key_of(pack)
        if target.exists():
            raise BadPackError(
                f"Another pack is installed as {target.name}; remove that one first if this one is to replace it."
            )
        return target


def key_of(pack: ModelPack) -> str:
    """A folder's name for a pack: name and version in letters that every file system takes."""
    return re.sub(r"[^a-z0-9.]+", "-", f"{pack.name}-{pack.version}".casefold()).strip("-.") or "pack"


def _installed(folder: Path, *, shipped: bool = False) -> InstalledPack:
    size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    try:
        pack = load_pack(folder)
        return InstalledPack(folder, pack, size, shipped, need=memory_need(pack))
    except BadPackError as error:
        return InstalledPack(folder, None, size, shipped, str(error))


def _copy_texts(source: Source, folder: Path) -> ModelPack:
    """Manifest, label tables and the texts that belong to them; what the manifest says."""
    for name, size in source.sizes.items():
        if size <= LARGEST_TEXT_BYTES and (name.endswith(".json") or TEXTS.match(name)):
            with source.open(name) as read, (folder / name).open("wb") as write:
                shutil.copyfileobj(read, write)
    return read_manifest(folder)


def _copy_networks(
    source: Source, pack: ModelPack, folder: Path, progress: Progress
) -> Generator[Progressed, None, None]:
    networks = {network.file: network.sha256 for network in pack.networks.values()}
    for name in networks:
        if name not in source.sizes:
            raise BadPackError(f"The model pack {pack.name} lacks {name}; get it again.")
    total, done = sum(source.sizes[name] for name in networks), 0
    for name, expected in networks.items():
        found = hashlib.sha256()
        with source.open(name) as read, (folder / name).open("wb") as write:
            while chunk := read.read(CHUNK_BYTES):
                write.write(chunk)
                found.update(chunk)
                done += len(chunk)
                yield progress.at(STAGE, done, total)
        if found.hexdigest() != expected:
            raise BadPackError(
                f"{name} of the model pack {pack.name} is not the file it was made with; get the pack again."
            )
