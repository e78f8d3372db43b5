"""The only door between the engine's threads and Qt's."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot

from engine.events import Event


class Bridge(QObject):
    """Lives in Qt's thread. Workers call `carry` on theirs; ``arrived`` is emitted here."""

    arrived = Signal(object)  # Event
    _carried = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        # Explicitly queued: the automatic choice would call the slot on the worker's thread in some set-ups.
        self._carried.connect(self._on_carried, Qt.ConnectionType.QueuedConnection)

    def carry(self, event: Event) -> None:
        """Take an event over; may be called on any thread."""
        self._carried.emit(event)

    @Slot(object)
    def _on_carried(self, event: Event) -> None:
        self.arrived.emit(event)
