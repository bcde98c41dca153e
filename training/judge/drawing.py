"""Plots without a screen, as SVG that goes into a page."""

from __future__ import annotations

import io
from typing import Any


def canvas(width: float, height: float) -> tuple[Any, Any]:
    """A figure of so many inches and its axes."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(width, height))
    return figure, axes


def svg(figure: Any) -> str:
    """The figure as an SVG element; it is closed after."""
    from matplotlib import pyplot

    data = io.StringIO()
    figure.savefig(data, format="svg", bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
    text = data.getvalue()
    return text[text.index("<svg") :]
