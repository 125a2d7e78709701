"""What a PDF offers those who can't see it or want to find their way: tags, bookmarks, words for pictures, fonts."""

import io

import pikepdf


def opened(data: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(data))


def tagged(pdf: pikepdf.Pdf) -> list[pikepdf.Dictionary]:
    """Every element of the structure tree, in reading order."""
    found: list[pikepdf.Dictionary] = []

    def walk(node: pikepdf.Object) -> None:
        if isinstance(node, pikepdf.Dictionary):
            if "/S" in node:
                found.append(node)
            walk(node.get("/K"))
        elif isinstance(node, pikepdf.Array):
            for child in node:
                walk(child)

    walk(pdf.Root.StructTreeRoot)
    return found


def bookmarks(pdf: pikepdf.Pdf) -> list[str]:
    with pdf.open_outline() as outline:
        return [entry.title for entry in outline.root]


def missing_for_readers(data: bytes) -> list[str]:
    """What somebody with a screen reader, or without these fonts, would miss; empty for a record as it should be."""
    with opened(data) as pdf, pdf.open_metadata() as metadata:
        elements = tagged(pdf)
        fonts = [font for page in pdf.pages for font in page.Resources.get("/Font", {}).values()]
        missing = []
        if not pdf.Root.MarkInfo.Marked or str(pdf.Root.Lang) != "en":
            missing.append("tags or language")
        if not pdf.Root.ViewerPreferences.DisplayDocTitle or not metadata["dc:title"]:
            missing.append("a title")
        if (metadata["pdfuaid:part"], metadata["pdfaid:part"], metadata["pdfaid:conformance"]) != ("1", "3", "A"):
            missing.append("the standards")
        if not bookmarks(pdf):
            missing.append("bookmarks")
        tables = [element for element in elements if element.S == "/Table"]
        missing += ["a table's header row" for table in tables if all(part.S != "/THead" for part in table.K)]
        figures = [element for element in elements if element.S == "/Figure"]
        missing += ["words for a chart" for figure in figures if not str(figure.get("/Alt", "")).strip()]
        missing += ["a font's text" for font in fonts if "/ToUnicode" not in font]
        descriptors = [font.DescendantFonts[0].FontDescriptor for font in fonts]
        missing += ["a font" for one in descriptors if "/FontFile3" not in one and "/FontFile2" not in one]
        return missing if tables and figures and fonts else [*missing, "tables, charts or text"]
