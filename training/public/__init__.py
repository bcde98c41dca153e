"""Public histories: the same model class fitted on records of real services that are no module proxies."""
