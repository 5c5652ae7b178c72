"""Stand-ins for the library and the agent, with the same surface and three documents."""

import datetime as dt
import hashlib
import time
from pathlib import Path

from chorei.core import (
    Answer,
    ChoreiError,
    Citation,
    Document,
    DocumentNotFoundError,
    DocumentReference,
    Finished,
    Frozen,
    Hit,
    NumberEvidence,
    Passage,
    Program,
    Retrieved,
    Route,
    Routed,
    SessionNotFoundError,
    Settings,
    TextDelta,
    UnsupportedTypeError,
)
from chorei.retrieval.report import AddReport, LibraryStats, Progress, Verification

TEXTS = {
    "handbook/leave.md": (
        "# Leave\n\n## Annual leave\n\nFull-time employees get 24 days of annual leave a year.\n"
        "Part-time employees get half of that.\n"
    ),
    "handbook/nghỉ-phép.md": (
        "# Nghỉ phép\n\n## Nghỉ lễ\n\nNhân viên được nghỉ 11 ngày lễ mỗi năm, hưởng nguyên lương.\n"
    ),
    "prices.csv": "item,price\nTea,12\nHostile \x1b[31mred\x1b]0;title\x07,13\n",
}
DECLINED = "The documents do not say."


def document(name: str, text: str, tags: tuple[str, ...] = ()) -> Document:
    source = f"/files/{name}"
    return Document(
        id=hashlib.sha256(source.encode()).hexdigest()[:16],
        name=name,
        source=source,
        title=text.splitlines()[0].lstrip("# "),
        media=name.rpartition(".")[2],
        language="vi" if "Nghỉ" in text else "en",
        tags=tags,
        date=dt.date(2026, 1, 31),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        size=len(text.encode()),
        characters=len(text),
        passages=1,
        added=dt.datetime(2026, 2, 1, 9, 30, tzinfo=dt.UTC),
    )


def passage(found: Document, text: str) -> Passage:
    heading = tuple(x.lstrip("# ") for x in text.splitlines() if x.startswith("#"))
    table = found.media == "csv"
    return Passage(
        id=f"{found.id}:0",
        document_id=found.id,
        document=found.name,
        title=found.title,
        text=text,
        start=0,
        end=len(text),
        heading=heading,
        columns=("item", "price") if table else (),
        row=1 if table else None,
        language=found.language,
    )


class FakeLibrary:
    """Holds its documents in memory; a folder without a catalogue is refused like a real one."""

    interrupt_after: int | None = None

    def __init__(self, directory, *, settings=None, embedder=None, create=True):
        self.directory = Path(directory)
        if not create and not self.directory.exists():
            raise ChoreiError("There is no library.", hint="Make one with: chorei add PATH")
        self.directory.mkdir(parents=True, exist_ok=True)
        self.settings = settings or Settings()
        self.texts = dict(TEXTS)
        self.tags: dict[str, tuple[str, ...]] = {}
        self.embedder = embedder or "builtin"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        pass

    @property
    def revision(self):
        return 1

    def documents(self, *, folder=None, tag=None):
        found = [document(n, t, self.tags.get(n, ())) for n, t in self.texts.items()]
        return [
            d
            for d in found
            if (folder is None or d.name.startswith(f"{folder}/")) and (not tag or tag in d.tags)
        ]

    def document(self, name):
        for found in self.documents():
            if name in (found.id, found.name) or found.name.endswith(f"/{name}"):
                return found
        raise DocumentNotFoundError(name, "There is no such document.", hint="See: chorei list")

    def text(self, name):
        return self.texts[self.document(name).name]

    def passages(self, name):
        found = self.document(name)
        return [passage(found, self.text(name))]

    def search(self, query, k=10, *, folder=None, tag=None, since=None, until=None):
        self.searched = (query, k, folder, tag, since, until)
        hits = [
            Hit(passage=self.passages(d.id)[0], score=1 / n, lexical_rank=n)
            for n, d in enumerate(self.documents(folder=folder, tag=tag), start=1)
            if query != "nothing"
        ]
        return hits[:k]

    def add(self, *paths, tags=(), sync=False, progress=None):
        added, failed = [], []
        files = sorted(f for p in paths for f in (Path(p).rglob("*") if Path(p).is_dir() else [p]))
        for number, file in enumerate(files, start=1):
            if self.interrupt_after is not None and number > self.interrupt_after:
                raise KeyboardInterrupt
            outcome = "failed" if file.suffix == ".bad" else "added"
            if outcome == "failed":
                failed.append(UnsupportedTypeError(file.name, "This type is not read."))
            else:
                self.texts[file.name] = file.read_text(encoding="utf-8")
                self.tags[file.name] = tuple(tags)
                added.append(self.document(file.name))
            if progress:
                step = {"done": number, "total": len(files), "document": file.name}
                progress(Progress(**step, outcome=outcome))
        return AddReport(added=tuple(added), unchanged=2, failed=tuple(failed))

    def add_text(self, text, *, name, title=None, tags=(), date=None):
        self.texts[name] = text
        self.tags[name] = tuple(tags)
        return self.document(name)

    def add_bytes(self, data, *, name, tags=(), date=None):
        return self.add_text(data.decode(), name=name, tags=tags)

    def remove(self, *names):
        found = [self.document(n) for n in names]
        for gone in found:
            del self.texts[gone.name]
        return found

    def verify(self):
        return Verification(ok=True, changed=("prices.csv",), documents=3, passages=3, indexed=3)

    def rebuild(self, *, embedder=None, progress=None):
        self.embedder = embedder or self.embedder

    def stats(self):
        return LibraryStats(
            directory=self.directory,
            documents=3,
            passages=3,
            characters=300,
            languages={"en": 2, "vi": 1},
            media={"md": 2, "csv": 1},
            embedder=self.embedder,
            dimensions=4,
            indexed=2,
            bytes=4096,
            revision=1,
        )


class SessionInfo(Frozen):
    id: str
    title: str
    turns: int
    updated: str


class FakeSessions:
    def __init__(self):
        self.turns: dict[str, list[Answer]] = {}

    def new(self):
        return f"new{len(self.turns)}"

    def list(self):
        return [
            SessionInfo(id=i, title=a[0].question, turns=len(a), updated="2026-02-01T09:30:00")
            for i, a in self.turns.items()
        ]

    def history(self, session):
        if session not in self.turns:
            raise SessionNotFoundError(f"There is no session '{session}'.", hint="None yet.")
        return self.turns[session]

    def export(self, session, *, form="md"):
        answers = self.history(session)
        return "".join(f"**{a.question}**\n\n{a.text}\n" for a in answers) if form == "md" else "[]"

    def delete(self, session):
        del self.turns[session]


class FakeAgent:
    """Knows annual leave, sums one expression, is slow when asked to be, declines the rest."""

    def __init__(self, library, *, settings=None, tools=()):
        self.library = library
        self.settings = settings or Settings()
        self.model = self.settings.model
        self.moved_facts = ()
        self.sessions = SESSIONS

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def ask(self, question, **options):
        *_, last = self.stream(question, **options)
        return last.answer

    def pending(self, session):
        return None

    def stream(self, question, *, session=None, **options):
        answer = self._answer(question, session)
        yield Routed(route=answer.route)
        yield Retrieved(documents=("handbook/leave.md",))
        for word in answer.text.split(" "):
            if "slow" in question:
                time.sleep(0.05)
            yield TextDelta(text=word if word == answer.text.split(" ")[0] else f" {word}")
        if session is not None:
            self.sessions.turns.setdefault(session, []).append(answer)
        yield Finished(answer=answer)

    def _answer(self, question, session):
        if "explode" in question:
            raise ChoreiError("The catalogue cannot be read.", hint="Run: chorei rebuild")
        fields = {"question": question, "resolved": question, "language": "en", "session": session}
        if "leave" in question or "slow" in question:
            return self._leave(fields, " ".join(["word"] * 1000) if "slow" in question else "")
        if "2*3" in question:
            return Answer(
                **fields,
                text="2*3 = 6",
                route=Route(kind="arithmetic", reason="It is an expression."),
                programs=(Program(language="calculator", source="2*3", result="6"),),
                numbers=(NumberEvidence(text="6", status="computed"),),
                seconds=0.01,
            )
        text = TEXTS["prices.csv"]
        near = self.library.document("prices.csv")
        return Answer(
            **fields,
            text=DECLINED,
            declined=True,
            route=Route(kind="documents", reason="It asks about the company."),
            closest=(DocumentReference(document=near.name, document_id=near.id, title=text[:4]),),
            notes=("A note.",),
            numbers=(NumberEvidence(text="99", status="unsupported"),),
        )

    def _leave(self, fields, tail):
        found = self.library.document("handbook/leave.md")
        text = self.library.text(found.id)
        quote = "Full-time employees get 24 days of annual leave a year."
        start = text.index(quote)
        citation = Citation(
            number=1,
            document=found.name,
            document_id=found.id,
            source=found.source,
            title=found.title,
            heading=("Leave", "Annual leave"),
            quote=quote,
            shown=quote,
            start=start,
            end=start + len(quote),
        )
        return Answer(
            **fields,
            text=f"According to Leave: “{quote}” [1] {tail}".strip(),
            route=Route(kind="documents", reason="It asks about the company."),
            citations=(citation,),
            numbers=(NumberEvidence(text="24", status="quoted", citation=1),),
            seconds=0.25,
        )


SESSIONS = FakeSessions()
