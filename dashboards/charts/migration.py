"""What went from where to where between two days: nodes left and right, ribbons between them.

Drawn by the page itself: ribbons in a picture that is stretched in width alone, with labels beside it, so that text
keeps its size. Amounts are accounts or money; y in pixels, x in thousandths of the width.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dashboards.charts.shapes import UNDEFINED

HEIGHT = 340.0
WIDTH = 1000
LEAST_APART = 36.0
LEAST_GAP = 10.0
LEAST_HEIGHT = 2.0
# Numbers stand on flows of so many accounts.
NUMBERED_FROM = 20
# Stands for who came (left) and who left (right).
ABSENT = -9
NUMBER_AT = 0.2


@dataclass(frozen=True)
class Stream:
    """What went from `then` to `now` (codes of bands, or ABSENT)."""

    then: int
    now: int
    accounts: int
    amount: float
    title: str
    url: str


@dataclass(frozen=True)
class Node:
    code: int
    top: float
    height: float
    amount: float
    accounts: int

    @property
    def middle(self) -> float:
        return self.top + self.height / 2


@dataclass(frozen=True)
class Ribbon:
    """`look` is still, moved or pale; `number` is empty on a thin one."""

    code: int
    look: str
    path: str
    title: str
    url: str
    number: str
    number_top: float


@dataclass(frozen=True)
class FlowDrawing:
    """`number_left` is where numbers stand, in percent of the width."""

    left: list[Node]
    right: list[Node]
    ribbons: list[Ribbon]
    height: float = HEIGHT

    @property
    def number_left(self) -> float:
        return number_left()


def flow_drawing(streams: Sequence[Stream], *, order: Sequence[int]) -> FlowDrawing:
    """Nodes in the order of the bands, who came and who left below them."""
    codes = [*order, ABSENT]
    sides = [totals(streams, codes, of=lambda s: s.then), totals(streams, codes, of=lambda s: s.now)]
    scale = min((scale_of(side) for side in sides if side), default=0.0)
    left, right = (placed(side, scale) for side in sides)
    return FlowDrawing(left, right, ribbons(streams, left, right, codes=codes, scale=scale))


def totals(
    streams: Sequence[Stream], codes: Sequence[int], *, of: Callable[[Stream], int]
) -> list[tuple[int, float, int]]:
    """Code, amount and accounts of each end that has anything."""
    found = []
    for code in codes:
        mine = [stream for stream in streams if of(stream) == code]
        if mine:
            found.append((code, sum(s.amount for s in mine), sum(s.accounts for s in mine)))
    return found


def scale_of(side: Sequence[tuple[int, float, int]]) -> float:
    """Pixels per unit with which the side fits, found by halving: distances depend on heights."""
    whole = sum(amount for _, amount, _ in side)
    low, high = 0.0, HEIGHT / whole if whole else 0.0
    for _ in range(30):
        middle = (low + high) / 2
        last = placed(side, middle)[-1]
        fits = last.top + last.height <= HEIGHT
        low, high = (middle, high) if fits else (low, middle)
    return low


def placed(side: Sequence[tuple[int, float, int]], scale: float) -> list[Node]:
    nodes: list[Node] = []
    for code, amount, accounts in side:
        height = max(amount * scale, LEAST_HEIGHT)
        top = 0.0
        if nodes:
            above = nodes[-1]
            top = max(above.top + above.height + LEAST_GAP, above.middle + LEAST_APART - height / 2)
        nodes.append(Node(code, top, height, amount, accounts))
    return nodes


def ribbons(
    streams: Sequence[Stream], left: list[Node], right: list[Node], *, codes: Sequence[int], scale: float
) -> list[Ribbon]:
    """Those that stay first, so that who moved lies above them."""
    begins = {node.code: node.top for node in left}
    ends = {node.code: node.top for node in right}
    rank = {code: n for n, code in enumerate(codes)}
    starts: dict[tuple[int, int], float] = {}
    for stream in sorted(streams, key=lambda s: (rank[s.then], rank[s.now])):
        starts[stream.then, stream.now] = begins[stream.then]
        begins[stream.then] += stream.amount * scale
    drawn = []
    for stream in sorted(streams, key=lambda s: (rank[s.now], rank[s.then])):
        drawn.append(ribbon(stream, starts[stream.then, stream.now], ends[stream.now], stream.amount * scale))
        ends[stream.now] += stream.amount * scale
    return sorted(drawn, key=lambda one: one.look != "still")


def ribbon(stream: Stream, start: float, end: float, thickness: float) -> Ribbon:
    thick = max(thickness, 0.6)
    half = WIDTH // 2
    path = (
        f"M0 {start:.1f}C{half} {start:.1f} {half} {end:.1f} {WIDTH} {end:.1f}V{end + thick:.1f}"
        f"C{half} {end + thick:.1f} {half} {start + thick:.1f} 0 {start + thick:.1f}Z"
    )
    look = look_of(stream)
    is_numbered = look != "still" and stream.accounts >= NUMBERED_FROM
    t = NUMBER_AT
    share = 3 * (1 - t) * t**2 + t**3
    return Ribbon(
        code=stream.now,
        look=look,
        path=path,
        title=stream.title,
        url=stream.url,
        number=str(stream.accounts) if is_numbered else "",
        number_top=start + (end - start) * share + thick / 2,
    )


def look_of(stream: Stream) -> str:
    if stream.then == stream.now:
        return "still"
    return "pale" if stream.then in (ABSENT, UNDEFINED) else "moved"


def number_left() -> float:
    """Where numbers stand, in percent of the width: the curve's x at NUMBER_AT."""
    t = NUMBER_AT
    return 100 * (1.5 * (1 - t) ** 2 * t + 1.5 * (1 - t) * t**2 + t**3)
