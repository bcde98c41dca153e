"""What failed and whose fault it is: the failure taxonomy and its matcher.

The families are data (``families/*.toml``); ``messages`` joins the lines of one error, ``diagnose_message``
reads one message, ``diagnose`` reads a whole excerpt, because what stands beside a message can change its
meaning. Everything here works on text with CI wrappers off, never raises, and needs no NumPy.
"""

from __future__ import annotations

from predictor.causes.diagnosis import Diagnosis
from predictor.causes.excerpt import diagnose
from predictor.causes.match import diagnose_message
from predictor.causes.message import Message, messages

__all__ = ["Diagnosis", "Message", "diagnose", "diagnose_message", "messages"]
