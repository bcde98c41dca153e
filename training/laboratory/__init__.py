"""The fault laboratory: real go and real nginx on loopback, an origin degraded on purpose, and the logs of it.

A recording is made of four real parts (a module universe, an origin that injects faults, an nginx mirror, go jobs) and
two pure ones (the dilated clock that rewrites stamps, the truth that is computed from the job results).
"""
