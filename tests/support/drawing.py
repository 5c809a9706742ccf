"""A picture of the rooms as SVG."""

from __future__ import annotations

from itertools import chain
from typing import NamedTuple

from support.layered import Arrow, Layout, laid_out, spread
from support.rooms import House, arrows

WIDE_PER_LINE = 0.12
ROOM_HIGH = 46
MODULE_HIGH = 28
BETWEEN = 44
MARGIN = 24
PORT_GAP = 18.0
INSET = 10.0
HEAD = 10
PURE = "pure: knows only what it is handed"
WORLD = "touches disk, Git, network or terminal"


class Frame(NamedTuple):
    """Where a box, or the bend of an arrow that passes its row, is drawn."""

    left: float
    right: float
    top: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


def draw(house: House) -> str:
    """The house as SVG: a box a room, an arrow an import, and every arrow leads down."""
    widths = {part: _width(part, house.lines.get(part)) for part in chain(*house.layers)}
    layout = laid_out(house.layers, widths, arrows(house.imports))
    frames = _frames(house, layout, widths)
    bottom = max(frame.bottom for frame in frames.values())
    body = [
        *_arrows(layout, frames),
        *(_box(part, frames[part], house) for part in widths),
        *_legend(bottom + MARGIN),
    ]
    wide = max(frame.right for frame in frames.values()) + MARGIN
    return _page(wide, bottom + 20 + 2 * MARGIN, body)


def _width(part: str, lines: int | None) -> float:
    return max(len(part) * 8.0 + 16, (lines or 0) * WIDE_PER_LINE)


def _frames(house: House, layout: Layout, widths: dict[str, float]) -> dict[str, Frame]:
    half = {key: widths.get(key, 0) / 2 for key in layout.middles}
    left = min(middle - half[key] for key, middle in layout.middles.items()) - MARGIN
    tops, top = [], float(MARGIN)
    for layer in house.layers:
        tops.append(top)
        top += (ROOM_HIGH if layer[0] in house.lines else MODULE_HIGH) + BETWEEN
    tops.append(top)
    return {
        key: Frame(
            middle - half[key] - left,
            middle + half[key] - left,
            tops[layout.rows[key]],
            tops[layout.rows[key] + 1] - BETWEEN,
        )
        for key, middle in layout.middles.items()
    }


def _arrows(layout: Layout, frames: dict[str, Frame]) -> list[str]:
    """Each arrow leaves and reaches a box where it bends least, and no two at one place."""
    leaves = _ports(
        {
            arrow: (way[0], _towards(frames[way[0]], frames[way[1]]))
            for arrow, way in layout.ways.items()
        },
        frames,
    )
    reaches = _ports(
        {
            arrow: (way[-1], frames[way[-2]].middle if len(way) > 2 else leaves[arrow])
            for arrow, way in layout.ways.items()
        },
        frames,
    )
    return [
        _arrow(leaves[arrow], [frames[key] for key in way], reaches[arrow])
        for arrow, way in layout.ways.items()
    ]


def _towards(frame: Frame, other: Frame) -> float:
    """Where a straight arrow leaves for the other below it, or else the middle of the other."""
    left, right = max(frame.left, other.left), min(frame.right, other.right)
    return (left + right) / 2 if left < right else other.middle


def _ports(wanted: dict[Arrow, tuple[str, float]], frames: dict[str, Frame]) -> dict[Arrow, float]:
    ports: dict[Arrow, float] = {}
    for box in sorted({box for box, _ in wanted.values()}):
        frame = frames[box]
        ends = sorted((x, arrow) for arrow, (other, x) in wanted.items() if other == box)
        room = frame.right - frame.left - 2 * INSET
        gap = min(PORT_GAP, room / max(1, len(ends) - 1))
        inner = [min(max(x, frame.left + INSET), frame.right - INSET) for x, _ in ends]
        places = spread(inner, [gap] * (len(ends) - 1))
        # Blocks at an edge are centred on it: push them back inside.
        over = max(0.0, places[-1] - (frame.right - INSET))
        under = max(0.0, frame.left + INSET - places[0])
        ports |= {arrow: x - over + under for x, (_, arrow) in zip(places, ends, strict=True)}
    return ports


def _arrow(leaves: float, frames: list[Frame], reaches: float) -> str:
    x, y = leaves, frames[0].bottom
    path = [f"M{x:.0f} {y:.0f}"]
    for frame in frames[1:]:
        last = frame is frames[-1]
        next_x = reaches if last else frame.middle
        # The head sits on a straight end, so that it points where the arrow comes from.
        next_y = frame.top - HEAD if last else frame.top
        half = (y + next_y) / 2
        path.append(f"C{x:.0f} {half:.0f} {next_x:.0f} {half:.0f} {next_x:.0f} {next_y:.0f}")
        path.append(f"V{frame.top if last else frame.bottom:.0f}")
        x, y = next_x, frame.bottom
    return f'<path class="arrow" d="{" ".join(path)}" marker-end="url(#head)"/>'


def _box(part: str, frame: Frame, house: House) -> str:
    kind = "pure" if part in house.pure else "world"
    shape = (
        f'<rect class="{kind}" x="{frame.left:.0f}" y="{frame.top:.0f}" rx="6"'
        f' width="{frame.right - frame.left:.0f}" height="{frame.bottom - frame.top:.0f}"/>'
    )
    if part not in house.lines:
        return f"{shape}\n{_text('module', frame, 18, part)}"
    lines = f"{house.lines[part]:,}"
    return f"{shape}\n{_text('room', frame, 20, part)}\n{_text('lines', frame, 36, lines)}"


def _text(kind: str, frame: Frame, down: int, words: str) -> str:
    place = f'x="{frame.middle:.0f}" y="{frame.top + down:.0f}"'
    return f'<text class="{kind}" {place}>{words}</text>'


def _legend(top: float) -> list[str]:
    return [
        f'<rect class="{kind}" x="{x}" y="{top:.0f}" rx="3" width="14" height="14"/>\n'
        f'<text class="legend" x="{x + 22}" y="{top + 11:.0f}">{words}</text>'
        for kind, x, words in (("pure", MARGIN, PURE), ("world", MARGIN + 280, WORLD))
    ]


def _page(wide: float, high: float, body: list[str]) -> str:
    content = "\n".join(body)
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" width="{wide:.0f}" \
height="{high:.0f}" font-family="Helvetica, Arial, sans-serif">
<!-- Drawn from the imports by `PYTHONPATH=tests python -m support.house`. -->
<style>
.page {{ fill: #ffffff }}
.pure {{ fill: #e9f1fa; stroke: #6f9bc8 }}
.world {{ fill: #fcf1e1; stroke: #d3a059 }}
.arrow {{ fill: none; stroke: #8a94a0; stroke-width: 1.4 }}
.head {{ fill: #8a94a0 }}
text {{ fill: #24303c; text-anchor: middle }}
.room {{ font-size: 15px; font-weight: bold }}
.module {{ font-size: 13px }}
.lines {{ font-size: 11px; fill: #5c6873 }}
.legend {{ font-size: 12px; text-anchor: start }}
</style>
<defs>
<marker id="head" viewBox="0 0 8 8" refX="8" refY="4" \
markerWidth="7" markerHeight="7" orient="auto">
<path class="head" d="M0 0L8 4L0 8z"/>
</marker>
</defs>
<rect class="page" width="{wide:.0f}" height="{high:.0f}" rx="8"/>
{content}
</svg>
"""
