"""XML read in a stream: only the elements that are asked for, each where it belongs, whatever else stands around them.

A part of a workbook may hold anything: extensions, reading aids, comments, the same names elsewhere with another
meaning. So who reads it draws the tree of the elements that count (`Element`), and everything else is passed over with
all that it holds. Names count in the namespace of the root, whatever its prefix; of `mc:AlternateContent` the fallback
is read, as is right for a reader that knows no extension.

Nothing here expands, and nothing grows with the file: a document type declaration is refused, and so are texts,
markup, depth and names beyond what any program writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.parsers import expat

from importer.errors import InputError
from importer.sources.csv.records import MAX_CELL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.sources.input_file import Readable

_CHUNK = 1 << 18
_MAX_TOKEN = 1 << 20  # bytes of one tag or comment: expat looks at an unfinished one from its start again and again
_MAX_DEPTH = 200
_MAX_NAMES = 10_000
_COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006 "


class Element:
    """An element that counts: its name, those within it, and whom to call at its start, for its text, at its end.

    Without a namespace of its own it is in that of the root. One whose text counts holds nothing but text.
    """

    __slots__ = ("children", "end", "name", "start", "text")

    def __init__(
        self,
        name: str,
        *children: Element,
        start: Callable[[dict[str, str]], None] | None = None,
        text: Callable[[str], None] | None = None,
        end: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        self.children = {child.name: child for child in children}
        self.start = start
        self.text = text
        self.end = end

    def within(self, namespace: str) -> Element:
        """The same tree with full names, as expat writes them."""
        children = (child.within(namespace) for child in self.children.values())
        return Element(namespace + self.name, *children, start=self.start, text=self.text, end=self.end)


class Parser:
    """One pass over a document, whose root has to be that of the tree.

    `chunks` goes on through the stream and stops now and then, so that the caller can take what has come together.
    Raises `InputError` for what is beyond the limits, `ValueError` for a document of another kind.
    """

    def __init__(self, tree: Element) -> None:
        self._tree = tree
        self._open: list[Element] = []
        self._passed_over = 0  # how many elements are open that do not count
        self._pieces: list[str] = []
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start_root
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = _refuse_doctype

    def chunks(self, stream: Readable) -> Iterator[None]:
        """Read the stream to its end."""
        size = 0
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            self._parser.Parse(chunk, False)
            if size - max(0, self._parser.CurrentByteIndex) > _MAX_TOKEN + _CHUNK:
                raise InputError("it holds a comment, or other markup, of more than 1 MiB; save it again in Excel")
            if len(self._parser.intern) > _MAX_NAMES:
                raise InputError(f"it holds more than {_MAX_NAMES:,} names of XML elements; save it again in Excel")
            self._refuse_long(sum(map(len, self._pieces)))
            yield
        self._parser.Parse(b"", True)
        yield

    def _start_root(self, name: str, attributes: dict[str, str]) -> None:
        namespace, space, _ = name.rpartition(" ")
        tree = self._tree.within(namespace + space)
        if name != tree.name:
            raise ValueError(f"{name} is not {tree.name}")
        self._open.append(tree)
        self._parser.StartElementHandler = self._start
        if tree.start is not None:
            tree.start(attributes)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._passed_over:
            self._pass_over()
            return
        parent = self._open[-1]
        element = parent.children.get(name)
        if element is None:
            self._start_other(parent, name)
            return
        self._open.append(element)
        if element.text is not None:
            self._parser.CharacterDataHandler = self._pieces.append
        if element.start is not None:
            element.start(attributes)

    def _start_other(self, parent: Element, name: str) -> None:
        if parent.text is not None:
            raise ValueError(f"{name} within {parent.name}, which holds text")
        if name in {_COMPATIBILITY + "AlternateContent", _COMPATIBILITY + "Fallback"}:
            self._open.append(Element(parent.name, *parent.children.values()))  # within, all counts as in the parent
            if len(self._open) > _MAX_DEPTH:
                raise _too_deep()
        else:
            self._pass_over()

    def _pass_over(self) -> None:
        self._passed_over += 1
        if self._passed_over > _MAX_DEPTH:
            raise _too_deep()

    def _end(self, _: str) -> None:
        if self._passed_over:
            self._passed_over -= 1
            return
        element = self._open.pop()
        if element.text is not None:
            self._parser.CharacterDataHandler = None
            text = "".join(self._pieces)
            self._pieces.clear()
            self._refuse_long(len(text))
            element.text(text)
        if element.end is not None:
            element.end()

    @staticmethod
    def _refuse_long(characters: int) -> None:
        if characters > MAX_CELL:
            raise InputError("it holds a cell of more than 1 MiB")


def _too_deep() -> InputError:
    return InputError(f"its XML is nested more than {_MAX_DEPTH} deep; save it again in Excel")


def _refuse_doctype(*_: object) -> None:
    raise InputError("it holds a document type declaration, which no spreadsheet program writes")
