"""The judge: warnings against outages, by events and not by points, with baselines beside the model.

``matching`` says which warning met which outage, ``probability`` how good the risks are as probabilities, ``methods``
holds the model and everything that it must beat behind one seam, ``measure`` puts it together, ``report`` shows it.
Thresholds are frozen on validation; nothing is fitted on what is judged; point-adjusted figures do not exist here.
"""
