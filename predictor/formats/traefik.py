"""Traefik's access log in Common Log Format: number of the request, router, server URL and ``84ms`` at the end."""

from __future__ import annotations

from predictor.formats.layout import Layout, LayoutFormat

_TEMPLATE = '{client} {} {} [{time}] "{method} {path}{proto}" {status} {bytes} "{}" "{}" {} "{}" "{upstream}" {ticks}ms'
FORMAT = LayoutFormat("traefik", [Layout(_TEMPLATE, starts=True, scale=1e-3)], 0.95)
