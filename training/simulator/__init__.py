"""A request-level simulator of runners, caching proxies and upstreams, for the volume that recordings cannot give.

``draw`` makes a random world from a seed, ``engine`` plays it event by event, ``observe`` says what the logs of that
world would show (as EventBatches), ``write`` puts the same down as log files, ``truth`` states its outages.
"""

from training.simulator.engine import Trace, play
from training.simulator.world import World

__all__ = ["Trace", "World", "play"]
