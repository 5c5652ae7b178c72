"""Measured quality, each part run by ``python -m chorei.evaluation PART``."""
