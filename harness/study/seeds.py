"""Streams of randomness: (study seed, run seed, name of the stream) → one 63-bit seed.

Nothing in the harness touches a global generator. Two streams differ as soon as any of the
three parts differs, and equal run seeds share every stream across settings, which is what
makes comparisons paired.
"""

from hashlib import blake2b


def stream_seed(study_seed: int, run_seed: int, stream: str) -> int:
    """The seed of one stream, in 0..2**63-1, the same on every machine and Python.

    Args:
        study_seed: the study's `seed`.
        run_seed: the run's seed; streams that all runs share (the split, the sampler) pass -1.
        stream: what is drawn: "weights", "order", "dropout", "split" ...
    """
    text = f"{study_seed}/{run_seed}/{stream}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") >> 1
