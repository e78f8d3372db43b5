"""The cases of this session in a strip: a click returns to one, one dragged onto another compares the two."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFont,
    QPainter,
    QPalette,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListView,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from engine.case import Case
from gui.gallery import Entry
from gui.panels.cards import label
from gui.thumbnail import SIZE, thumbnail

ENTRY, PICTURE, OPEN = (Qt.ItemDataRole.UserRole + n for n in range(3))
ITEM = QSize(206, 74)
#: Pictures are made anew when nothing has changed for this long, so that no stroke waits for them.
REST_MS = 120


class GalleryPanel(QWidget):
    """Shows entries, the one that is open framed; wishes are told by the entries' ids."""

    entry_clicked = Signal(int)
    remove_clicked = Signal(int)
    compare_clicked = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self._entries: tuple[Entry, ...] = ()
        self._open = 0
        self._pictures: dict[int, tuple[Case, QPixmap]] = {}
        self.strip = Strip()
        self.strip.setAccessibleName(self.tr("Cases of this session"))
        self.strip.setToolTip(self.tr("Click a case to return to it; drag it onto another to compare the two."))
        self.hint = label(
            self.tr(
                "Every case of this session stays here. Click one to return to it; drag one onto another to compare."
            ),
            "dim",
        )
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.hint, 1)
        row.addWidget(self.strip, 1)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._draw)
        self.strip.itemClicked.connect(lambda item: self.entry_clicked.emit(item.data(ENTRY).id))
        self.strip.itemActivated.connect(lambda item: self.entry_clicked.emit(item.data(ENTRY).id))
        self.strip.dropped.connect(self.compare_clicked)
        self.strip.customContextMenuRequested.connect(self._offer)
        self.set_entries((), 0)

    def sizeHint(self) -> QSize:
        return QSize(400, ITEM.height() + self.strip.horizontalScrollBar().sizeHint().height() + 6)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def set_entries(self, entries: Sequence[Entry], open_id: int) -> None:
        """Show these; ``open_id``: the one that is open."""
        self._entries, moved = tuple(entries), open_id != self._open
        self._open = open_id
        self.hint.setVisible(not entries)
        self.strip.setVisible(bool(entries))
        while self.strip.count() > len(entries):
            self.strip.takeItem(self.strip.count() - 1)
        while self.strip.count() < len(entries):
            self.strip.addItem(QListWidgetItem())
        for number, entry in enumerate(entries):
            item = self.strip.item(number)
            if item.data(ENTRY) is not entry:
                self._write(item, entry)
            item.setData(OPEN, entry.id == open_id)
            if entry.id == open_id and moved:
                self.strip.setCurrentItem(item)
                self.strip.scrollToItem(item)
        self._rest.start()

    def _write(self, item: QListWidgetItem, entry: Entry) -> None:
        known = self._pictures.get(entry.id)
        item.setData(ENTRY, entry)
        item.setData(PICTURE, known[1] if known is not None else None)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(lines(entry)))
        item.setToolTip(self._tip(entry))

    def _draw(self) -> None:
        """Make one picture that is missing or old, and come back for the next."""
        ids = {entry.id for entry in self._entries}
        self._pictures = {number: known for number, known in self._pictures.items() if number in ids}
        for number, entry in enumerate(self._entries):
            known = self._pictures.get(entry.id)
            if entry.case is not None and (known is None or known[0] is not entry.case):
                picture = thumbnail(entry.case, entry.mark, ratio=self.devicePixelRatioF())
                self._pictures[entry.id] = entry.case, picture
                self.strip.item(number).setData(PICTURE, picture)
                self._rest.start()
                return

    def _tip(self, entry: Entry) -> str:
        words = [entry.name, *lines(entry)[1:]]
        if entry.case is None and entry.path is not None:
            words.append(self.tr("Not in memory: a click opens it from its file again."))
        elif entry.case is None:
            words.append(self.tr("Not in memory: a click makes it again by its recipe."))
        return "\n".join(words)

    def _offer(self, at: QPoint) -> None:
        if self.strip.count():
            # The menu key asks for the item in hand, a right click for the one below.
            item = self.strip.itemAt(at) or self.strip.currentItem()
            self.menu_of(item.data(ENTRY)).popup(self.strip.viewport().mapToGlobal(at))

    def menu_of(self, entry: Entry) -> QMenu:
        """What can be done with a case."""
        menu = QMenu(self)
        back = menu.addAction(self.tr("&Return to this case"))
        compare = menu.addAction(self.tr("&Compare with the case shown"))
        remove = menu.addAction(self.tr("Re&move from the gallery"))
        for action in (back, compare, remove):
            action.setEnabled(entry.id != self._open)
        back.triggered.connect(lambda: self.entry_clicked.emit(entry.id))
        compare.triggered.connect(lambda: self.compare_clicked.emit(entry.id, self._open))
        remove.triggered.connect(lambda: self.remove_clicked.emit(entry.id))
        menu.aboutToHide.connect(menu.deleteLater)
        return menu


class Strip(QListWidget):
    """Cases beside each other, or below each other where there is more room that way."""

    dropped = Signal(int, int)  # ids: what was dragged, onto what

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("gallery")
        self.setItemDelegate(_Drawn(self))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setUniformItemSizes(True)
        self.setSpacing(2)
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        # A click leaves the keyboard where it is, so that Space peeks; Tab still comes here.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDropIndicatorShown(False)
        self.setDefaultDropAction(Qt.DropAction.CopyAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.source() is self:
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if self._pair(event) is None:
            event.ignore()
        else:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        pair = self._pair(event)
        if pair is None:
            event.ignore()
            return
        event.acceptProposedAction()
        self.dropped.emit(*pair)

    def resizeEvent(self, event: QResizeEvent) -> None:
        tall = self.height() > self.width() and self.height() > 2 * ITEM.height()
        as_needed, off = Qt.ScrollBarPolicy.ScrollBarAsNeeded, Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setFlow(QListView.Flow.TopToBottom if tall else QListView.Flow.LeftToRight)
        self.setVerticalScrollBarPolicy(as_needed if tall else off)
        super().resizeEvent(event)

    def _pair(self, event: QDropEvent) -> tuple[int, int] | None:
        """The ids of what is dragged and of what it is over."""
        below, chosen = self.itemAt(event.position().toPoint()), self.selectedItems()
        if event.source() is not self or below is None or not chosen or chosen[0] is below:
            return None
        return chosen[0].data(ENTRY).id, below.data(ENTRY).id


class _Drawn(QStyledItemDelegate):
    """Draws an entry: picture, name, what was asked for and achieved, whether it is saved."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return ITEM

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        rect, palette = QRect(option.rect), option.palette
        colours = {role: palette.color(role) for role in (QPalette.ColorRole.Text, QPalette.ColorRole.PlaceholderText)}
        frame = QColor(palette.color(QPalette.ColorRole.Accent if index.data(OPEN) else QPalette.ColorRole.Dark))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(frame, 2 if index.data(OPEN) else 1))
        painter.setBrush(palette.color(QPalette.ColorRole.AlternateBase))
        painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 5, 5)
        place = QRect(rect.topLeft() + QPoint(5, 5), SIZE)
        picture = index.data(PICTURE)
        if picture is not None:
            painter.drawPixmap(place, picture)
        left = place.right() + 8
        words = QRect(left, rect.top() + 6, rect.right() - left - 6, rect.height() - 12)
        step, font = words.height() // 3, QFont(option.font)
        for number, line in enumerate(lines(index.data(ENTRY))):
            font.setBold(number == 0)
            painter.setFont(font)
            painter.setPen(colours[QPalette.ColorRole.Text if number < 2 else QPalette.ColorRole.PlaceholderText])
            box = QRect(words.left(), words.top() + number * step, words.width(), step)
            shown = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideMiddle, box.width())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()


def lines(entry: Entry) -> list[str]:
    """Name, volumes and state of an entry."""
    asked = "" if entry.target_ml is None else f"{entry.target_ml:.0f} → "
    got = "– mL" if entry.achieved_ml is None else f"{entry.achieved_ml:.1f} mL"
    state = "saved" if entry.path is not None else "not saved" if entry.unsaved else "opened"
    if entry.case is None:
        state = "not in memory"
    return [entry.name, f"{asked}{got}", state]
