"""CSV files."""

import csv
from collections import Counter
from itertools import islice

from chorei.core import MalformedDocumentError
from chorei.core.tables import DELIMITERS, csv_rows
from chorei.retrieval.loading.decoding import decode
from chorei.retrieval.loading.parsed import Block, Blocks, Parsed
from chorei.retrieval.loading.prose import stem
from chorei.retrieval.loading.tabular import column_names, header_index

_SAMPLE = 50
_SAMPLE_CHARACTERS = 64 * 1024


def parse_csv(data: bytes, name: str) -> Parsed:
    """A CSV file: its own characters, each row a block under the names of its columns.

    The delimiter (comma, semicolon or tab) and whether there is a header are found from the
    first rows. Lines above the header (a title, a note) are paragraphs.
    """
    text = decode(data, name)
    delimiter = delimiter_of(text)
    blocks = Blocks()
    try:
        sample = [fields for _, _, fields in islice(csv_rows(text, delimiter), _SAMPLE)]
        header = header_index(sample)
        columns = () if header is None else column_names(sample[header])
        body = -1 if header is None else header
        for index, (start, end, _) in enumerate(csv_rows(text, delimiter)):
            if index < body:
                blocks.append(Block(start, end))
            elif index > body:
                blocks.append(Block(start, end, "row", row=index - body, columns=columns))
    except csv.Error:
        raise MalformedDocumentError(
            name,
            f"a field is longer than {csv.field_size_limit():,} characters.",
            hint="Most often a quotation mark is not closed.",
        ) from None
    return Parsed(text=text, title=stem(name), blocks=tuple(blocks))


def delimiter_of(text: str) -> str:
    """The delimiter by which the first rows have the same number of fields.

    Tab and semicolon go before comma where both fit: a comma is common inside fields
    (``1,5``; names), they are not.
    """
    sample = text[:_SAMPLE_CHARACTERS]
    best, most = ",", 0.0
    for delimiter in DELIMITERS:
        try:
            rows = islice(csv_rows(sample, delimiter), _SAMPLE)
            counts = [len(fields) for _, _, fields in rows]
        except csv.Error:
            continue
        if len(sample) < len(text) and len(counts) > 1:
            counts.pop()
        width, agreeing = max(Counter(counts).items(), key=lambda item: item[1], default=(0, 0))
        if width > 1 and agreeing / len(counts) > most:
            best, most = delimiter, agreeing / len(counts)
    return best
