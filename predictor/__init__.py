"""Fetchcast forecasts outages of the servers that Go builds fetch modules from.

Logs come in, forecasts, decisions and remedies go out. No HTTP server and no training code
live here: see the packages ``serve`` and ``training``.
"""

__version__ = "0.1.0"
