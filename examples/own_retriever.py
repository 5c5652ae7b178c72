"""Use a library as the retriever of a LangChain chain of your own."""

import tempfile
from pathlib import Path

from langchain_core.documents import Document
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough

from chorei.retrieval import Library

COMPANY = Path(__file__).parent / "company"
PROMPT = ChatPromptTemplate.from_messages(
    [("system", "Answer from these passages only.\n\n{passages}"), ("human", "{question}")]
)


def listed(documents: list[Document]) -> str:
    return "\n\n".join(f"<{d.metadata['document']}>\n{d.page_content}" for d in documents)


with tempfile.TemporaryDirectory() as folder, Library(folder) as library:
    library.add(COMPANY)
    retriever = library.as_retriever(k=2)
    chain = {"passages": retriever | listed, "question": RunnablePassthrough()} | PROMPT
    # Put a chat model behind it, as in `chain | model`; here the filled prompt is shown.
    for message in chain.invoke("How long is the probation period?").to_messages():
        print(f"--- {message.type}\n{message.content}")
