"""The one judge: warnings against outages, by events and not by points, with baselines beside the model.

``matching`` says which warning met which outage, ``starts`` when warnings start and which threshold is frozen,
``probability`` and ``resampling`` how good risks are and how sure that is, ``methods`` and ``lstm`` hold the
forecasters behind one seam, ``measure`` and ``comparison`` put it together, ``verdict`` and ``report`` say it.
Nothing is fitted on what is judged; worlds are never pooled; point-adjusted figures do not exist here.
"""
