"""Faults of a network, found before it trains. In: a module and a batch. Out: checks.

Trains copies for some steps. Leaves the module and all generators as they were, and never
judges how well a network would do.
"""

from harness.training.preflight.builds import load_lenient, preflight_build
from harness.training.preflight.procedure import preflight

__all__ = ["load_lenient", "preflight", "preflight_build"]
