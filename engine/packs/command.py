"""The ``packs`` command: which model packs are on this machine, install another one, remove one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engine.console import Console
from engine.errors import BadPackError
from engine.pack import MANIFEST, load_pack, starter_pack_folder
from engine.packs.model import ModelPack
from engine.packs.place import packs_folder
from engine.packs.store import STAGE, InstalledPack, PackStore
from engine.progress import Progress

DETAILS = (
    "Packs lie in a folder of your own; list says where. What --pack takes, here and in the window, is a name of the\n"
    "list or any folder with a pack. install takes a folder or a ZIP file and compares every file with its SHA-256;\n"
    "what fails or is stopped leaves nothing behind. The pack that ships with VentriSynth stays."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may be typed after ``packs``."""
    parser.description = f"{parser.description}\n\n{DETAILS}"
    actions = parser.add_subparsers(dest="action", metavar="list | install PATH | remove NAME")
    actions.add_parser("list", help="the packs of this machine, with licence, size and memory; the default")
    install = actions.add_parser("install", help="install a pack from a folder or a ZIP file")
    install.add_argument("source", type=Path, metavar="PATH", help=f"folder or ZIP file with a {MANIFEST}")
    remove = actions.add_parser("remove", help="remove a pack that was installed")
    remove.add_argument("name", metavar="NAME", help="its name as the list has it")


def packs(options: argparse.Namespace) -> None:
    """Do what the arguments say. Raises `BadPackError` and `OutputError`."""
    store = PackStore(packs_folder())
    if options.action == "install":
        _install(store, options.source)
    elif options.action == "remove":
        print(f"Removed {store.remove(options.name)}.", flush=True)
    else:
        print("\n".join(_line(one) for one in store.packs()))
        print(f"Packs of your own are installed in {store.folder}.", file=sys.stderr)


def chosen_pack(wanted: Path | None) -> ModelPack:
    """The pack of a ``--pack``: a folder, or the name of an installed pack; None: the one that ships with VentriSynth.
    Raises `BadPackError`."""
    if wanted is None:
        return load_pack(starter_pack_folder())
    if wanted.exists() or len(wanted.parts) > 1:
        return load_pack(wanted)
    one = PackStore(packs_folder()).find(str(wanted))
    if one.pack is None:
        raise BadPackError(one.trouble)
    return one.pack


def _install(store: PackStore, source: Path) -> None:
    console = Console(sys.stderr)
    installed = console.run(store.install(source, Progress(0, {STAGE: 1.0})))
    console.clear()
    print(f"Installed {installed.title}; use it with --pack {installed.key}.", flush=True)


def _line(one: InstalledPack) -> str:
    if one.pack is None or one.need is None:
        return f"{one.key}: cannot be used. {one.trouble}"
    how = f"measured: {one.need.measured_on}" if one.need.measured_on else "estimated"
    memory = f"about {one.need.mib / 1024:.1f} GiB of memory ({how})"
    device = "CUDA only" if one.pack.needs.cuda else "CPU or CUDA"
    whose = "; ships with VentriSynth" if one.shipped else ""
    size = f"{one.size_bytes / 2**20:.0f} MiB on disk"
    return f"{one.key}: {one.title}, {one.pack.licence}, {size}, {device}, {memory}{whose}"
