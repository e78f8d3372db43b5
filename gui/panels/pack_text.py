"""A model pack in words: what the dialog of packs says of it before it is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from PySide6.QtCore import QCoreApplication

from engine.diagnostics import memory_words as machine_memory
from engine.pack import ModelPack
from engine.packs.memory import MemoryNeed
from engine.packs.store import InstalledPack
from engine.recipe import VOLUME

translate = QCoreApplication.translate


def subtitle(one: InstalledPack, *, in_use: bool) -> str:
    """A few words under a pack's name in the list."""
    words = [translate("Packs", "in use")] if in_use else []
    if one.pack is None:
        words.append(translate("Packs", "cannot be used"))
    words.append(translate("Packs", "ships with VentriSynth") if one.shipped else _size(one.size_bytes))
    return ", ".join(words)


def pack_as_html(one: InstalledPack) -> str:
    """Everything to know before a pack is used. Whatever the pack says is shown as it stands, never as markup."""
    if one.pack is None or one.need is None:
        return f"<p><b>{escape(one.title)}</b></p><p>{escape(one.trouble)}</p>"
    pack = one.pack
    rows = [(name, words) for name, words in _rows(one, pack, one.need) if words]
    table = "".join(
        f"<tr><td style='padding-right:14px; padding-bottom:6px; white-space:nowrap'><b>{name}</b></td>"
        f"<td style='padding-bottom:6px'>{words}</td></tr>"
        for name, words in rows
    )
    title = f"<p style='font-size:13pt; font-weight:600'>{escape(one.title)}</p>"
    return f"{title}<p>{escape(pack.description)}</p><table>{table}</table>"


def memory_words(need: MemoryNeed) -> str:
    """How much memory making a case takes, and whether that was measured or is estimated."""
    amount = f"{need.mib / 1024:.1f} GiB"
    if need.measured_on:
        return translate("Packs", "about {0} while a case is made (measured: {1})").format(amount, need.measured_on)
    return translate("Packs", "about {0} while a case is made (estimated from the sizes of grid and networks)").format(
        amount
    )


def _rows(one: InstalledPack, pack: ModelPack, need: MemoryNeed) -> Iterator[tuple[str, str]]:
    volume = pack.control(VOLUME)
    yield translate("Packs", "Licence"), escape(pack.licence)
    yield (
        translate("Packs", "Trained for"),
        translate("Packs", "ventricles of {0} mL").format(f"{volume.low:g}–{volume.high:g}"),
    )
    yield (
        translate("Packs", "Cases"),
        translate("Packs", "{0} voxels of {1} mm, {2} structures").format(
            " × ".join(map(str, pack.shape)), f"{pack.spacing_mm:g}", len(pack.table.labels) - 1
        ),
    )
    yield (
        translate("Packs", "Device"),
        (
            translate("Packs", "needs a CUDA graphics card")
            if pack.needs.cuda
            else translate("Packs", "CPU; faster with CUDA")
        ),
    )
    yield (
        translate("Packs", "Memory"),
        escape(f"{memory_words(need)}; " + translate("Packs", "this machine has {0}").format(machine_memory())),
    )
    yield translate("Packs", "On disk"), _size(one.size_bytes)
    yield translate("Packs", "Cite"), escape(pack.citation)
    yield translate("Packs", "Training data"), _training(pack.training)
    yield translate("Packs", "SHA-256"), f"{pack.sha256[:16]}…"
    yield translate("Packs", "Command line"), f"<code>--pack {escape(one.key)}</code>"


def _training(training: Mapping[str, Any]) -> str:
    """The data sets with their terms and citations; "" where the pack does not say in the usual form."""
    data = training.get("data")
    if not isinstance(data, list):
        return escape(data) if isinstance(data, str) else ""
    sets = [entry for entry in data if isinstance(entry, dict)]
    parts = []
    for entry in sets:
        name, terms, citation = (escape(str(entry.get(key, ""))) for key in ("name", "terms", "citation"))
        head = f"{name} ({terms})" if terms else name
        parts.append(f"<p style='margin-top:0'>{head}{'<br>' if citation else ''}{citation}</p>")
    return "".join(parts)


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 2**20:.0f} MiB" if size_bytes < 2**30 else f"{size_bytes / 2**30:.1f} GiB"
