"""S3 server access logs of a bucket that holds a GOPROXY file tree; the bucket is the upstream.

``-`` in *Bytes Sent* means zero.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
"""

from __future__ import annotations

from predictor.formats.layout import Layout, LayoutFormat

_TEMPLATE = (
    '{} {host} [{time}] {client} {} {} {} {} "{method} {path}{proto}" {status} {} {bytes} {} {ticks} {} "{}" "{}"{rest}'
)
FORMAT = LayoutFormat("s3", [Layout(_TEMPLATE, starts=True, scale=1e-3, dash_bytes=0)], 0.95)
