"""How an installation's history is laid out in the journals of its store.

The service writes these journals, ``fetchcast dataset`` reads them in another process, often months later; the two
never import one another, so what both must agree on stands here: ``accepted`` logs, ``polled`` bins, and the
``verdicts`` of humans. Every reader reports a damaged entry with its place and goes on.
"""
