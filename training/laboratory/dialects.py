"""The spellings of nginx's JSON access log: every admin names the fields as they like, so recordings differ.

A dialect is a list of (field name, nginx variable, is a number). Time is always ``$msec`` while nginx writes, because
the dilated clock needs milliseconds; afterwards it takes the dialect's style.
"""

from __future__ import annotations

from dataclasses import dataclass

DURATIONS = ("$request_time", "$upstream_response_time", "$upstream_connect_time", "$upstream_header_time")
COMBINED = (
    '$remote_addr - $remote_user [$msec] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" '
    'rt=$request_time uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time" '
    'us="$upstream_status" ua="$upstream_addr" cs=$upstream_cache_status'
)

Fields = tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class Dialect:
    """Field names of one installation; the first field is the time, in ``style``."""

    style: str
    fields: Fields

    @property
    def time_field(self) -> str:
        """Name of the field that holds the time."""
        return self.fields[0][0]

    @property
    def duration_fields(self) -> dict[str, bool]:
        """Fields with durations in seconds, and whether each is a JSON number."""
        return {name: number for name, variable, number in self.fields if variable in DURATIONS}

    def log_format(self) -> str:
        """The text of nginx's ``log_format ... escape=json``."""
        parts = (
            f'"{name}":{variable}' if number else f'"{name}":"{variable}"' for name, variable, number in self.fields
        )
        return "{" + ",".join(parts) + "}"


DIALECTS: tuple[Dialect, ...] = (
    Dialect(
        "iso_ms",
        (
            ("time", "$msec", False),
            ("remote_addr", "$remote_addr", False),
            ("request_method", "$request_method", False),
            ("request_uri", "$request_uri", False),
            ("status", "$status", True),
            ("body_bytes_sent", "$body_bytes_sent", True),
            ("request_time", "$request_time", True),
            ("upstream_addr", "$upstream_addr", False),
            ("upstream_status", "$upstream_status", False),
            ("upstream_response_time", "$upstream_response_time", False),
            ("upstream_connect_time", "$upstream_connect_time", False),
            ("upstream_header_time", "$upstream_header_time", False),
            ("upstream_cache_status", "$upstream_cache_status", False),
            ("http_user_agent", "$http_user_agent", False),
        ),
    ),
    Dialect(
        "number",
        (
            ("ts", "$msec", True),
            ("client", "$remote_addr", False),
            ("method", "$request_method", False),
            ("uri", "$request_uri", False),
            ("status", "$status", True),
            ("bytes", "$body_bytes_sent", True),
            ("rt", "$request_time", True),
            ("upstream", "$upstream_addr", False),
            ("us", "$upstream_status", False),
            ("uct", "$upstream_connect_time", False),
            ("uht", "$upstream_header_time", False),
            ("urt", "$upstream_response_time", False),
            ("cache", "$upstream_cache_status", False),
        ),
    ),
    Dialect(
        "msec",
        (
            ("msec", "$msec", False),
            ("request_id", "$request_id", False),
            ("remote_addr", "$remote_addr", False),
            ("request", "$request", False),
            ("status", "$status", False),
            ("body_bytes_sent", "$body_bytes_sent", False),
            ("request_time", "$request_time", False),
            ("upstream_addr", "$upstream_addr", False),
            ("upstream_status", "$upstream_status", False),
            ("upstream_response_time", "$upstream_response_time", False),
            ("upstream_cache_status", "$upstream_cache_status", False),
            ("user_agent", "$http_user_agent", False),
        ),
    ),
    Dialect(
        "iso",
        (
            ("@timestamp", "$msec", False),
            ("host", "$host", False),
            ("path", "$uri", False),
            ("args", "$args", False),
            ("method", "$request_method", False),
            ("status", "$status", True),
            ("size", "$bytes_sent", True),
            ("bytes_sent", "$body_bytes_sent", True),
            ("duration", "$request_time", True),
            ("upstream_addr", "$upstream_addr", False),
            ("upstream_status", "$upstream_status", False),
            ("upstream_time", "$upstream_response_time", False),
            ("upstream_cache", "$upstream_cache_status", False),
        ),
    ),
)
