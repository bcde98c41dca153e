"""Takes off what CI systems, containers, terminals and mail put around log lines, in any nesting.

Every module of this folder that has a ``WRAPPER`` is one kind of skin (:mod:`.layer` says what that is). The head of
a log decides which skins it wears; :func:`peeler` stacks their layers from the outside in.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import numpy as np

from predictor.formats.wrappers.layer import NAN, Layer, Wrapper
from predictor.protocols import Block

MAX_DEPTH = 8  # skins on one log; deeper nesting is not seen in practice and would be read as text
#: Skins that may begin after the head, so that every log has their layers, innermost; free where they are not.
ALWAYS = ("ansi", "buildkit")
#: Skins that a log may wear twice: a container in a container, a mail in a mail.
REPEATED = ("compose", "docker-json", "github-actions", "iso", "kubernetes", "quote")
HEAD_LINES = 400  # lines of the head that decide


@cache
def wrappers() -> tuple[Wrapper, ...]:
    """All skins of this folder, the more specific first."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found: list[Wrapper] = [module.WRAPPER for module in modules if hasattr(module, "WRAPPER")]
    return tuple(sorted(found, key=lambda wrapper: (wrapper.order, wrapper.name)))


class Peeler:
    """Whole lines of one log in, blocks without skins out; free of cost where there is no skin."""

    def __init__(self, names: Sequence[str], layers: Sequence[Layer]) -> None:
        self.names = tuple(names)
        self._layers = layers

    def feed(self, data: bytes, first_line: int) -> Block:
        """The lines of ``data`` (1-based number ``first_line`` onwards) that are complete, skins off."""
        return self._pass(Block(data, first_line), 0)

    def finish(self) -> Block:
        """The lines that layers held back for a continuation."""
        rest = [self._pass(layer.finish(), depth + 1) for depth, layer in enumerate(self._layers)]
        return joined([block for block in rest if block.text])

    def _pass(self, block: Block, depth: int) -> Block:
        for layer in self._layers[depth:]:
            if not block.text:
                break
            block = layer.feed(block)
        return block


def joined(blocks: Sequence[Block]) -> Block:
    """One block of several, with explicit times and line numbers."""
    if len(blocks) <= 1:
        return blocks[0] if blocks else Block(b"")
    from predictor.formats.wrappers.layer import block_of, rows_of

    return block_of([row for block in blocks for row in rows_of(block)], blocks[0].first_line)


def peeler(head: bytes, start: float = NAN) -> Peeler:
    """Decide from the first lines of a log which skins it wears.

    Args:
        head: the beginning of the log; a last line that is cut off is left out where there are others.
        start: UTC seconds when the log begins, to complete stamps without a date; NaN: unknown.
    """
    whole, _, rest = head.rpartition(b"\n")
    lines = (whole or rest).split(b"\n")[:HEAD_LINES]
    names: list[str] = []
    chosen: list[Wrapper] = []
    while len(chosen) < MAX_DEPTH and any(line.strip() for line in lines):
        found = next((skin for skin in wrappers() if _may_wear(skin, chosen) and skin.sniff(lines)), None)
        if found is None:
            break
        chosen.append(found)
        names.append(found.name)
        trial = Peeler((), [found.layer(start)])
        blocks = [trial.feed(b"\n".join(lines) + b"\n", 1), trial.finish()]
        lines = b"".join(block.text for block in blocks).split(b"\n")
    chosen += [skin for skin in wrappers() if skin.name in ALWAYS and skin not in chosen]
    return Peeler(names, [skin.layer(start) for skin in chosen])


def _may_wear(skin: Wrapper, chosen: Sequence[Wrapper]) -> bool:
    return skin not in chosen or skin.name in REPEATED


def line_count(block: Block) -> int:
    """Number of lines in a block."""
    return int(np.count_nonzero(np.frombuffer(block.text, np.uint8) == 10)) + (
        not block.text.endswith(b"\n") and bool(block.text)
    )
