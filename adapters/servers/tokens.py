"""How many tokens a text has, roughly, without the model's own tokenizer."""

import math

# Measured with SmolLM2's tokenizer (49k, made for English) on the handbooks of `examples/company`:
# English 3.7 characters a token, Vietnamese 1.4. These make 3.4 and 1.6: somewhat above what
# larger vocabularies need, so that a budget is rather kept than broken.
_ASCII_PER_TOKEN = 3.5
_TOKENS_PER_OTHER = 2.0


def estimate_tokens(text: str) -> int:
    """About the number of tokens of a text; 0 for none."""
    plain = sum(character.isascii() for character in text)
    return math.ceil(plain / _ASCII_PER_TOKEN + (len(text) - plain) * _TOKENS_PER_OTHER)
