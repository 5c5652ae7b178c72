"""The one error tree of chorei.

ChoreiError
├── SettingsError                a setting is unknown or has a bad value
├── MissingExtraError            an optional package is not installed
├── LibraryError                 the library of documents as a whole
│   ├── LibraryLockedError       another process is writing to it
│   ├── LibraryCorruptError      its catalogue cannot be read
│   ├── EmbedderMismatchError    it was embedded with another embedder
│   └── IndexUnavailableError    the vector index or its server does not answer
├── DocumentError                one document; the others are not affected
│   ├── DocumentNotFoundError    no such document in the library
│   ├── AmbiguousDocumentError   a name that fits several documents
│   ├── UnsupportedTypeError     a type of file that chorei does not read
│   ├── DocumentTooLargeError    above the size limit, packed or unpacked
│   ├── EncryptedDocumentError   needs a password
│   ├── MalformedDocumentError   broken, truncated or hostile contents
│   ├── EmptyDocumentError       holds no text
│   ├── UnsafePathError          leaves the folder it was added from
│   └── ParserLimitError         parsing took too long or too much memory
├── CalculationError             an expression that cannot be read or computed
├── ToolError                    a tool could not do its work
│   ├── ToolNotFoundError        no such tool
│   ├── ToolArgumentError        arguments that do not fit the tool's schema
│   ├── ToolTimeoutError         the tool took longer than its time limit
│   └── SandboxError             the sandbox for programs cannot start or answer
├── PromptError                  a prompt is unknown or lacks a placeholder
├── ModelError                   a language model or its server
│   ├── ModelNameError           the name of a model cannot be read or is unknown
│   ├── AdapterNotFoundError     the model has no adapter of this name
│   ├── ModelSettingError        a setting that this model or server cannot honour
│   ├── ModelRequestError        the server refused the request as wrong
│   │   ├── ModelAuthenticationError  the server wants another key
│   │   └── ContextLengthError   more tokens than the model takes
│   ├── ModelOverloadedError     the server has too much to do
│   ├── ModelUnavailableError    nobody answers there, or the server is failing
│   ├── ModelTimeoutError        no answer before the deadline
│   └── ModelResponseError       an answer that cannot be read
├── AdapterError                 an adapter of a model
│   ├── RecordsError             training records that cannot be used
│   ├── TrainingError            training could not go on
│   ├── GateError                an adapter that is worse than the active one
│   └── RegistryError            the registry of adapters
└── SessionError                 a conversation
    ├── SessionNotFoundError     no such conversation
    └── FeedbackError            a rating that cannot be kept or found
"""


class ChoreiError(Exception):
    """Base of every error that chorei raises on purpose.

    Args:
        message: What went wrong, in one sentence.
        hint: What to do about it, often a command; shown after the message.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class SettingsError(ChoreiError):
    """A setting is unknown or has a value that does not fit."""


class MissingExtraError(ChoreiError):
    """An optional dependency is needed and not installed.

    Args:
        package: The missing package, as it is imported.
        extra: The extra of chorei that brings it.
    """

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"This needs the package '{package}', which is not installed.",
            hint=f"Install it with: pip install 'chorei[{extra}]'",
        )
        self.package = package
        self.extra = extra


class LibraryError(ChoreiError):
    """Something is wrong with a library of documents as a whole."""


class LibraryLockedError(LibraryError):
    """Another process is writing to this library."""


class LibraryCorruptError(LibraryError):
    """The catalogue of the library cannot be read."""


class EmbedderMismatchError(LibraryError):
    """The library was embedded with another embedder than the one asked for."""


class IndexUnavailableError(LibraryError):
    """The vector index, or the Chroma server that holds it, does not answer."""


class DocumentError(ChoreiError):
    """Something is wrong with one document; the others are not affected.

    Args:
        document: The document's name or path as the user knows it.
        message: What went wrong, in one sentence, without the name.
        hint: What to do about it.
    """

    def __init__(self, document: str, message: str, *, hint: str = "") -> None:
        super().__init__(f"{document}: {message}", hint=hint)
        self.document = document
        self.reason = message


class DocumentNotFoundError(DocumentError):
    """The library holds no such document."""


class AmbiguousDocumentError(DocumentError):
    """A short name fits several documents."""


class UnsupportedTypeError(DocumentError):
    """A type of file that chorei does not read."""


class DocumentTooLargeError(DocumentError):
    """The file, or what it unpacks to, is above the size limit."""


class EncryptedDocumentError(DocumentError):
    """The document is protected by a password."""


class MalformedDocumentError(DocumentError):
    """The contents are broken, truncated or hostile."""


class EmptyDocumentError(DocumentError):
    """The document holds no text (a scanned PDF, for example)."""


class UnsafePathError(DocumentError):
    """The path leads out of the folder it was added from."""


class ParserLimitError(DocumentError):
    """Parsing ran into its time or memory limit and was stopped."""


class CalculationError(ChoreiError):
    """An expression cannot be read or computed.

    Args:
        message: What is wrong, in one sentence.
        expression: The expression as it was given.
        position: Index of the offending character in ``expression``, or None.
    """

    def __init__(
        self, message: str, *, expression: str = "", position: int | None = None, hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.expression = expression
        self.position = position

    def pointer(self) -> str:
        """The expression with a caret below the offending character (two lines)."""
        if self.position is None:
            return self.expression
        return f"{self.expression}\n{' ' * self.position}^"


class ToolError(ChoreiError):
    """A tool could not do its work."""


class ToolNotFoundError(ToolError):
    """There is no tool of this name."""


class ToolArgumentError(ToolError):
    """Arguments do not fit the schema of the tool."""


class ToolTimeoutError(ToolError):
    """The tool took longer than its time limit and was given up."""


class SandboxError(ToolError):
    """The sandbox itself cannot start or answer; a failing program is not an error of it."""


class PromptError(ChoreiError):
    """A prompt is unknown, or a placeholder of it is not filled."""


class ModelError(ChoreiError):
    """Something is wrong with a language model or its server."""


class ModelNameError(ModelError):
    """The name of a model cannot be read, or no such model is installed."""


class AdapterNotFoundError(ModelError):
    """The model has no adapter of this name."""


class ModelSettingError(ModelError):
    """A generation setting that this model or server would ignore or misread."""


class ModelRequestError(ModelError):
    """The server refused the request as wrong (HTTP 4xx)."""


class ModelAuthenticationError(ModelRequestError):
    """The server wants another key (HTTP 401 or 403)."""


class ContextLengthError(ModelRequestError):
    """The prompt and the answer together are longer than the model takes."""


class ModelOverloadedError(ModelError):
    """The server has too much to do (HTTP 429).

    Args:
        message: What went wrong, in one sentence.
        hint: What to do about it.
        retry_after: Seconds after which the server asks to be tried again, if it says so.
    """

    def __init__(self, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class ModelUnavailableError(ModelError):
    """Nobody answers at the server's address, or the server is failing (HTTP 5xx)."""


class ModelTimeoutError(ModelError):
    """No complete answer came before the deadline."""


class ModelResponseError(ModelError):
    """The server's answer is broken, empty or not what was asked for."""


class AdapterError(ChoreiError):
    """Something is wrong with an adapter: its records, its training or its registry."""


class RecordsError(AdapterError):
    """Training records cannot be used.

    Args:
        message: What went wrong, in one sentence.
        hint: What to do about it.
        line: Line of the file, from 1, or None if it concerns the whole.
    """

    def __init__(self, message: str, *, hint: str = "", line: int | None = None) -> None:
        super().__init__(message, hint=hint)
        self.line = line


class TrainingError(AdapterError):
    """Training could not begin or go on."""


class GateError(AdapterError):
    """An adapter is worse than the active one, so it is not made active."""


class RegistryError(AdapterError):
    """The registry of adapters cannot do what it was asked for."""


class SessionError(ChoreiError):
    """Something is wrong with a conversation."""


class SessionNotFoundError(SessionError):
    """No conversation has this id."""


class FeedbackError(SessionError):
    """A rating of an answer cannot be kept, found or read."""
