"""A passage of one sentence, as a search finds it."""

from chorei.core import Hit, Passage


def hit(text: str, language: str = "en") -> Hit:
    passage = Passage.model_validate(
        {
            "id": text[:9],
            "document_id": "handbook.md",
            "document": "handbook.md",
            "title": "Handbook",
            "text": text,
            "start": 0,
            "end": len(text),
            "language": language,
        }
    )
    return Hit(passage=passage, score=1.0, lexical_rank=1, vector_rank=1)
