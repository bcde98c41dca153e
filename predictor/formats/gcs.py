"""Usage logs (CSV) of a Cloud Storage bucket that holds a GOPROXY file tree; times are those of the end, in us.

https://cloud.google.com/storage/docs/access-logs
"""

from __future__ import annotations

from predictor.formats.layout import Layout, LayoutFormat

_TEMPLATE = '"{time}","{client}","{}","{}","{method}","{path}","{status}","{}","{bytes}","{ticks}","{host}",{rest}'
FORMAT = LayoutFormat("gcs", [Layout(_TEMPLATE, scale=1e-6)], 0.95)
