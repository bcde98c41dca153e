"""Policy: what is done with a risk. Thresholds and hysteresis live here and never inside a model."""
