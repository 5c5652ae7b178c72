import datetime as dt

import pytest
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from office_files import lines, part, pdf, with_part, word, workbook

from chorei.retrieval.loading import Parsed, parse


def texts(parsed: Parsed) -> list[str]:
    return [parsed.text[block.start : block.end] for block in parsed.blocks]


def html(body: str, head: str = "") -> Parsed:
    page = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    return parse(page.encode(), media="html", name="page.html")


def docx(write: object) -> Parsed:
    return parse(word(write), media="docx", name="policy.docx")  # type: ignore[arg-type]


def test_html_keeps_its_structure_and_drops_its_furniture() -> None:
    parsed = html(
        "<nav>menu</nav><h1>Câu hỏi</h1><p>Giờ <b>mở</b> cửa?</p><!-- no --><script>no()</script>"
        "<ul><li>one<li>two</ul><ol start=3><li>three</li></ol><div hidden>no</div>"
        "<p style='display: none'>no</p><button>no</button>"
        "<dl><dt>Term</dt><dd>Meaning</dd></dl><details><summary>Why?</summary>So.</details>",
        "<title>FAQ &amp; more</title><meta name=date content=2024-05-01><style>no</style>",
    )
    assert (parsed.title, parsed.date) == ("FAQ & more", dt.date(2024, 5, 1))
    assert texts(parsed) == [
        "# Câu hỏi",
        "Giờ **mở** cửa?",
        "- one",
        "- two",
        "3. three",
        "**Term**",
        "Meaning",
        "**Why?**",
        "So.",
    ]
    assert parsed.blocks[-1].heading == ("Câu hỏi",)


def test_html_tables_are_rows_under_columns() -> None:
    parsed = html(
        "<table><tr><th>A<th>B</tr><tr><td>1|2<td><p>x</p><p>y</p></tr>"
        "<tr><td colspan=2>both</table>"
    )
    assert texts(parsed) == ["| 1\\|2 | x y |", "| both | |"]
    assert {block.columns for block in parsed.blocks} == {("A", "B")}


def test_html_links_are_kept_where_they_lead_somewhere() -> None:
    parsed = html(
        '<p><a href="#x">here</a> <a href="https://a.example/b c">there</a>'
        ' <a href="mailto:x@a.example">x@a.example</a> <img src="i.png" alt="a chart"></p>'
    )
    assert parsed.text == "here [there](https://a.example/b%20c) x@a.example a chart"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1258", "iso-8859-1"])
def test_html_is_read_in_the_encoding_it_declares(encoding: str) -> None:
    page = f'<html><head><meta charset="{encoding}"></head><body><p>café</p></body></html>'
    parsed = parse(page.encode(encoding), media="htm", name="a.htm")
    assert parsed.text == "café"


def test_pdf_pages_headings_and_paragraphs() -> None:
    first = "\n".join(
        [
            lines(("Travel policy", 0), size=20),
            lines(("Booking", 40), size=14),
            lines(
                ("Book every trip in the portal at least two weeks before it starts and", 60),
                ("wait for approval.", 74),
                ("Ask your lead.", 110),
            ),
            lines(("Limits", 140), font="F2"),
            lines(("1. First class is not paid.", 160), ("2. Taxis are paid after 22:00.", 174)),
        ]
    )
    second = lines(("Receipts are kept for ten years in the archive of the finance team.", 0))
    parsed = parse(
        pdf(first, second, info="/Title (Travel) /ModDate (D:20240501120000+07'00')"),
        media="pdf",
        name="t.pdf",
    )
    assert (parsed.title, parsed.date) == ("Travel", dt.date(2024, 5, 1))
    assert texts(parsed) == [
        "# Travel policy",
        "## Booking",
        "Book every trip in the portal at least two weeks before it starts and wait for approval.",
        "Ask your lead.",
        "### Limits",
        "1. First class is not paid.",
        "2. Taxis are paid after 22:00.",
        "Receipts are kept for ten years in the archive of the finance team.",
    ]
    assert [block.page for block in parsed.blocks] == [1] * 7 + [2]
    assert parsed.blocks[-1].heading == ("Travel policy", "Booking", "Limits")


def test_pdf_words_cut_at_the_end_of_a_line() -> None:
    page = lines(
        ("An ordinary sentence whose last word was hyphen-", 0),
        ("ated because the line came to its end, in Stratford-", 14),
        ("Upon-Avon, where 12 - 3 is 9.", 28),
    )
    assert texts(parse(pdf(page), media="pdf", name="t.pdf")) == [
        "An ordinary sentence whose last word was hyphenated because the line came to its end,"
        " in Stratford-Upon-Avon, where 12 - 3 is 9."
    ]


def test_titles_that_programs_wrote_are_not_titles() -> None:
    page = "\n".join([lines(("Travel policy", 0), size=20), lines(("Text of the page.", 40))])
    for written in ("Microsoft Word - policy.docx", "untitled", "policy.pdf", ""):
        parsed = parse(pdf(page, info=f"/Title ({written})"), media="pdf", name="t.pdf")
        assert parsed.title == "Travel policy"


def test_pdf_tables_and_running_lines() -> None:
    def cells(below: float, *row: str) -> str:
        return "\n".join(
            f"BT /F1 11 Tf {60 + 150 * i} {760 - below} Td ({cell}) Tj ET"
            for i, cell in enumerate(row)
        )

    def page(number: int) -> str:
        table = [cells(20, "Message", "Meaning"), cells(34, f"E{number}", "no water")]
        return "\n".join([*table, lines((f"Page {number} of 3", 700))])

    parsed = parse(pdf(page(1), page(2), page(3)), media="pdf", name="t.pdf")
    assert texts(parsed) == [f"| E{number} | no water |" for number in (1, 2, 3)]
    assert parsed.blocks[0].columns == ("Message", "Meaning")


def test_word_paragraphs_and_tables_in_order() -> None:
    def write(document: Document) -> None:
        document.core_properties.title = "Returns"
        document.core_properties.modified = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
        document.add_heading("Returns", 1)
        document.add_paragraph("Before the table.")
        table = document.add_table(rows=2, cols=2)
        for cell, text in zip(table._cells, ["Item", "Days", "Beans | tea", "14"], strict=True):
            cell.text = text
        document.add_paragraph("# After the table.")
        document.add_heading("Details", 2)
        document.add_paragraph("One.", style="List Bullet")
        document.add_paragraph("Two.", style="List Number")
        document.add_paragraph("Three.", style="List Number")

    parsed = docx(write)
    assert (parsed.title, parsed.date) == ("Returns", dt.date(2024, 5, 1))
    assert texts(parsed) == [
        "# Returns",
        "Before the table.",
        "| Beans \\| tea | 14 |",
        "\\# After the table.",
        "## Details",
        "- One.",
        "1. Two.",
        "2. Three.",
    ]
    assert parsed.blocks[2].columns == ("Item", "Days")


def test_word_without_styles_has_bold_headings() -> None:
    def write(document: Document) -> None:
        for title, text in (("Điều 1. Phạm vi", "Áp dụng."), ("Điều 2. Thời hạn", "Một năm.")):
            document.add_paragraph().add_run(title).bold = True
            document.add_paragraph(text)

    parsed = docx(write)
    assert [block.heading for block in parsed.blocks if block.kind == "paragraph"] == [
        ("Điều 1. Phạm vi",),
        ("Điều 2. Thời hạn",),
    ]
    assert parsed.date is None
    assert parsed.title == "policy"


def test_word_reads_insertions_and_controls_and_not_deletions() -> None:
    def write(document: Document) -> None:
        namespace = nsdecls("w")
        for xml in (
            f"<w:p {namespace}><w:r><w:t>Kept </w:t></w:r>"
            "<w:ins><w:r><w:t>added</w:t></w:r></w:ins>"
            "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
            "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
            "<w:hyperlink><w:r><w:t> link</w:t></w:r></w:hyperlink></w:p>",
            f"<w:sdt {namespace}><w:sdtContent><w:p><w:r><w:t>Controlled</w:t></w:r></w:p>"
            "</w:sdtContent></w:sdt>",
        ):
            document.element.body.insert(0, parse_xml(xml))

    assert texts(docx(write)) == ["Controlled", "Kept added link"]


def test_word_automatic_numbers_are_text() -> None:
    def write(document: Document) -> None:
        numbering = document.part.numbering_part.element
        numbering.insert(
            0,
            parse_xml(
                f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">'
                '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="upperRoman"/>'
                '<w:lvlText w:val="Chương %1."/></w:lvl>'
                '<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
                '<w:lvlText w:val="Điều %2."/></w:lvl></w:abstractNum>'
            ),
        )
        numbering.append(
            parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>')
        )
        for level, text in (
            (0, "Chung"),
            (1, "Phạm vi"),
            (1, "Đối tượng"),
            (0, "Riêng"),
            (1, "Một"),
        ):
            heading = document.add_heading(text, level + 1)
            heading._p.get_or_add_pPr().append(
                parse_xml(
                    f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/>'
                    '<w:numId w:val="77"/></w:numPr>'
                )
            )
            document.add_paragraph("text")

    assert [text for text in texts(docx(write)) if text != "text"] == [
        "# Chương I. Chung",
        "## Điều 1. Phạm vi",
        "## Điều 2. Đối tượng",
        "# Chương II. Riêng",
        "## Điều 1. Một",
    ]


def test_sheets_are_tables_under_their_names() -> None:
    data = workbook(
        {
            "Giá": [["Bảng giá", None], [None], ["Name", "Price", "Share", "From"],
                    ["Widget, big", 12.0, 0.15, dt.datetime(2024, 5, 1)], ["Gadget", 0.1 + 0.2]],
            "Empty": [],
            "More": [["A", "B"], [True, 1234567890123456]],
        }
    )  # fmt: skip
    parsed = parse(data, media="xlsx", name="prices.xlsx")
    assert texts(parsed) == [
        "# Giá",
        "Bảng giá",
        '"Widget, big",12,0.15,2024-05-01',
        "Gadget,0.3",
        "# More",
        "TRUE,1234567890123456",
    ]
    assert [block.row for block in parsed.blocks] == [None, None, 1, 2, None, 1]
    assert parsed.blocks[2].columns == ("Name", "Price", "Share", "From")
    assert parsed.blocks[5].heading == ("More",)
    assert parsed.title == "prices"


def test_percent_and_hidden_sheets() -> None:
    data = workbook({"A": [["Rate"], [0.075], [0.5]], "B": [["secret"], ["x"]]})
    styles = part(data, "xl/styles.xml").replace(b'<xf numFmtId="0"', b'<xf numFmtId="10"')
    book = part(data, "xl/workbook.xml").replace(
        b'name="B" sheetId="2" state="visible"', b'name="B" sheetId="2" state="hidden"'
    )
    data = with_part(with_part(data, "xl/styles.xml", styles), "xl/workbook.xml", book)
    parsed = parse(data, media="xlsx", name="a.xlsx")
    assert texts(parsed) == ["# A", "7.5%", "50%"]


def test_a_sparse_sheet_costs_what_it_holds() -> None:
    data = workbook({"A": [["Name", "Price"], ["Widget", 1]]})
    sheet = part(data, "xl/worksheets/sheet1.xml").replace(
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>7</v></c></row></sheetData>'
    )
    parsed = parse(with_part(data, "xl/worksheets/sheet1.xml", sheet), media="xlsx", name="a.xlsx")
    assert parsed.text.count("\n") < 10
    assert "Widget,1" in parsed.text
