"""What each thing that is seen of a sentence is worth: five small linear models.

They are fitted offline by ``python -m chorei.evaluation.fitting`` and kept here, so that each is a
sentence's worth of explanation and nothing is loaded at run time.
"""

from typing import Final

RANKING: Final[dict[str, float]] = {
    "coverage": 6.44,
    "inside": 0.84,
    "framed": 2.68,
    "passage": 1.75,
    "rarest": 0.01,
    "topic": 1.16,
    "support": 1.2,
    "evidence": 1.02,
    "value": 2.19,
    "counted": 1.84,
    "near": 1.83,
    "vector": 1.49,
    "sense": 0.54,
    "sense of frame": 1.7,
    "sense of both": 2.16,
    "close": 0.66,
    "tongue": 1.1,
    "opens": 0.67,
    "item": -0.3,
    "row": 0.21,
    "code": 0.95,
    "asks": -1.44,
    "short": -1.12,
    "length": -2.04,
}
"""What makes one sentence a better answer than another, where no encoder can tell."""

SELECTION: Final[dict[str, float]] = {
    "coverage": 3.66,
    "inside": -0.46,
    "framed": 1.5,
    "passage": 1.74,
    "rarest": -0.35,
    "topic": 0.68,
    "support": 0.99,
    "evidence": 0.72,
    "value": 1.24,
    "counted": 0.92,
    "near": 1.55,
    "vector": 0.3,
    "sense": 0.63,
    "sense of frame": -0.26,
    "sense of both": 2.73,
    "close": 0.84,
    "tongue": 2.14,
    "opens": -0.28,
    "item": -0.35,
    "row": -0.41,
    "code": -2.26,
    "asks": -1.97,
    "short": -2.01,
    "length": -1.44,
    "echo": -0.53,
    "echo with frame": 3.26,
    "even echo": 3.04,
}
"""What makes it worth while to let the encoder read a sentence."""

REREADING: Final[dict[str, float]] = {
    "selected": 0.9,
    "whole": -2.14,
    "words": 10.8,
    "least": 11.26,
    "said": 9.86,
    "asked": 3.1,
}
"""What makes one sentence a better answer than another once the encoder has read both."""

ANSWERING: Final[dict[str, float]] = {
    "bias": -4.99,
    "framed": 1.01,
    "pooled": 0.9,
    "topic": 1.17,
    "support": 0.97,
    "missed": -0.9,
    "names": -0.54,
    "lacking": -0.61,
    "uncounted": -2.63,
    "valueless": -1.55,
    "no value": -1.23,
    "stray": -0.91,
    "foreign": -0.78,
    "sense": 1.65,
    "near": 0.47,
    "few": -0.4,
    "mass": 1.48,
    "share": 1.54,
    "same": 0.2,
    "record": 1.37,
    "vietnamese": 0.84,
}
"""What makes it likely that the best sentence answers at all, where no encoder can tell."""

ASSURANCE: Final[dict[str, float]] = {
    "bias": -2.34,
    "framed": 0.27,
    "pooled": -0.56,
    "topic": 0.18,
    "support": -0.18,
    "missed": -0.32,
    "names": -0.89,
    "lacking": -0.42,
    "uncounted": -0.94,
    "valueless": -0.77,
    "no value": -0.5,
    "stray": -0.54,
    "foreign": -0.9,
    "sense": 0.86,
    "near": 0.56,
    "few": -0.13,
    "mass": 0.44,
    "share": 0.1,
    "same": -0.2,
    "record": 0.97,
    "whole": 0.78,
    "words": -0.2,
    "least": 1.42,
    "said": 0.7,
    "asked": 0.64,
    "any words": -0.18,
    "any said": 0.67,
    "any least": 1.19,
    "score": 0.01,
    "ahead": 0.06,
    "apart": 0.03,
    "judged": 0.11,
    "any judged": 0.11,
    "judged mean": 0.14,
}
"""What makes it likely that the best sentence answers at all once encoder and judge read it."""
