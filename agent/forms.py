"""Actions in a conversation: what a form makes of each thing the user says.

Pure functions over plain state: the graph keeps a :class:`Forms` in its checkpoint and puts
what they return into effect.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import Field

from chorei.agent.smalltalk import small_talk, spoken
from chorei.core import (
    Approval,
    CalculationError,
    Frozen,
    Language,
    ToolArgumentError,
    ToolCall,
    ToolError,
)
from chorei.tools import Form, Tool, Toolbox, arithmetic, form_of, yes_or_no
from chorei.tools.form_phrases import (
    CANCELLED,
    CONFIRM,
    DECLINED,
    FAILED,
    GIVEN_UP,
    NOT_ACCEPTED,
    NOT_CHECKED,
    WAITING,
)
from chorei.tools.wording import in_language

_CANCEL: Final = re.compile(
    r"(?:(?:ok|okay|oh|no|well|actually|sorry|a|da|um|khong|thoi) )*"
    r"(?:never ?mind|cancel(?: (?:it|that|this|the request|my request))?|stop(?: it| that)?"
    r"|forget (?:it|about it|that)|i (?:have |ve )?changed my mind|leave it|quit|abort"
    r"|i (?:do not|don t|no longer) want (?:to|it|that)(?: \w+){0,6}"
    r"|thoi|thoi (?:khoi|khong can|bo di|huy|dung)(?: \w+){0,2}|huy(?: bo)?(?: di| yeu cau)?"
    r"|bo (?:di|qua)|dung lai|khong can nua|khong(?: muon)? \w+(?: \w+)? nua|doi y(?: roi)?"
    r"|(?:toi|em|minh|anh|chi) (?:doi y|khong can nua|khong muon nua)(?: roi)?)"
    r"(?: (?:please|thanks|thank you|then|a|nhe|nha|di|vay|roi|shop|ban|em|anh|chi|cam on))*"
)
_ASKS: Final = re.compile(
    r"^(?:(?:and|but|so|ok|okay|hi|hello|sorry|wait|a|da|cho|the|vay|con) )*"
    r"(?:what|when|where|who|whose|why|how|which|is|are|do|does|did|can|could|may|should|will"
    r"|would|tell me|show me|explain|list|describe"
    r"|toi (?:muon )?hoi|toi muon biet|cho (?:toi|em|minh) (?:hoi|biet)|hoi)\b"
    r"|\b(?:the nao|lam sao|nhu nao|bao lau|bao nhieu|bao gio|o dau|khi nao|tai sao|vi sao|la gi"
    r"|lam gi|may ngay|duoc khong|phai khong)\b|\b(?:gi|sao|khong)$"
)


class Forms(Frozen):
    """The actions of one conversation; plain values that can be stored.

    Attributes:
        open: The form that waits for the user, if any.
        attempts: How often facts failed the check, by tool, in the whole conversation.
    """

    open: Form | None = None
    attempts: dict[str, int] = Field(default_factory=dict)


class FormTurn(Frozen):
    """What to do after the user has spoken.

    Attributes:
        forms: The state to keep.
        handled: Whether the text belonged to a form; otherwise the question takes its usual way,
            and a form that is open waits.
        say: What to tell the user.
        approval: The action that waits for a yes or no; ``say`` asks for it.
    """

    forms: Forms
    handled: bool = True
    say: str = ""
    approval: Approval | None = None


def converse(forms: Forms, text: str, *, language: Language, toolbox: Toolbox) -> FormTurn:
    """What the forms of a conversation make of what the user says.

    Works without a language model: a request is recognised by the phrases of the tools, and
    facts are found by rules.

    Args:
        forms: The state after the last turn.
        text: What the user says.
        language: The language to answer in.
        toolbox: The tools.
    """
    form = forms.open
    asked = toolbox.requested(text, language)
    if form is None or form.tool not in toolbox:
        return _begin(forms, asked, text, language, toolbox) if asked else _aside(forms, toolbox)
    tool = toolbox.get(form.tool)
    if asked is not None and asked is not tool:
        return _begin(forms, asked, text, language, toolbox)
    if _cancels(form, tool, text):
        return FormTurn(forms=_closed(forms), say=CANCELLED[language])
    if asked is None and _changes_subject(form, tool, text, language):
        return _aside(forms, toolbox)
    return _take(forms, form, tool, text, language, toolbox)


def propose(
    forms: Forms,
    name: str,
    arguments: Mapping[str, Any],
    said: Sequence[str],
    *,
    language: Language,
    toolbox: Toolbox,
) -> FormTurn:
    """What comes of an action that a language model proposes.

    Facts that the user has not said themselves are dropped and asked for, the others are
    verified, and only then a person is asked for approval.

    Args:
        forms: The state after the last turn.
        name: Name of the tool that the model wants to call.
        arguments: The arguments that it filled in.
        said: Everything the user has said in the conversation, oldest first.
        language: The language to answer in.
        toolbox: The tools.

    Raises:
        ToolNotFoundError: There is no such tool.
        ToolArgumentError: All facts are known, but the other arguments do not fit.
    """
    tool = toolbox.get(name)
    form = form_of(tool, arguments, said, language)
    form = form.model_copy(update={"attempts": forms.attempts.get(name, 0)})
    if not form.missing(tool):
        toolbox.approval(name, form.arguments | form.facts, language)
    return _take(forms, form, tool, "", language, toolbox)


def reminder(forms: Forms, *, language: Language, toolbox: Toolbox) -> str:
    """What still waits for an answer, to be said after another subject; empty if nothing does."""
    form = forms.open
    if form is None or form.tool not in toolbox:
        return ""
    missing = form.missing(toolbox.get(form.tool))
    if not missing:
        return ""
    return WAITING[language].format(question=in_language(missing[0].ask, language))


def decision(text: str) -> bool | None:
    """Whether a text approves an action, rejects it, or does neither (None)."""
    if _CANCEL.fullmatch(spoken(text)):
        return False
    return yes_or_no(text)


def report(call: ToolCall, language: Language) -> str:
    """What to tell the user about an action that was decided on."""
    if call.outcome == "done":
        return call.result
    if call.outcome == "refused":
        return call.result or DECLINED[language]
    return FAILED[language].format(reason=call.result)


def _begin(forms: Forms, tool: Tool, text: str, language: Language, toolbox: Toolbox) -> FormTurn:
    form = Form(tool=tool.name, attempts=forms.attempts.get(tool.name, 0))
    return _take(forms, form, tool, text, language, toolbox)


def _aside(forms: Forms, toolbox: Toolbox) -> FormTurn:
    known = forms.open is None or forms.open.tool in toolbox
    return FormTurn(forms=forms if known else _closed(forms), handled=False)


def _take(
    forms: Forms, form: Form, tool: Tool, text: str, language: Language, toolbox: Toolbox
) -> FormTurn:
    if form.closed:
        return FormTurn(forms=_closed(forms), say=GIVEN_UP[language])
    turn = form.take(text, tool, language, toolbox.verify)
    attempts = forms.attempts | {tool.name: turn.form.attempts}
    kept = Forms(open=None if turn.over else turn.form, attempts=attempts)
    if turn.arguments is None:
        return FormTurn(forms=kept, say=turn.say)
    try:
        approval = toolbox.approval(tool.name, turn.arguments, language)
    except ToolArgumentError as error:
        said = NOT_ACCEPTED[language].format(reason=error)
        return FormTurn(forms=_closed(kept), say=said)
    except ToolError:
        return FormTurn(forms=_closed(kept), say=NOT_CHECKED[language])
    said = CONFIRM[language].format(summary=approval.summary)
    return FormTurn(forms=_closed(kept), say=said, approval=approval)


def _closed(forms: Forms) -> Forms:
    return forms.model_copy(update={"open": None})


def _cancels(form: Form, tool: Tool, text: str) -> bool:
    missing = form.missing(tool)
    if _CANCEL.fullmatch(spoken(text)):
        return True
    asks_yes_or_no = missing and missing[0].find(text, "en") and not missing[0].free
    return yes_or_no(text) is False and not asks_yes_or_no


def _changes_subject(form: Form, tool: Tool, text: str, language: Language) -> bool:
    """Whether the text is another question, and no answer to what was asked."""
    missing = form.missing(tool)
    free = bool(missing) and missing[0].free
    if not free and form.heard(text, tool, language):
        return False
    if "?" in text or _ASKS.search(spoken(text)):
        return True
    return not free and (small_talk(text) is not None or _is_arithmetic(text, language))


def _is_arithmetic(text: str, language: Language) -> bool:
    try:
        return arithmetic(text, language=language) is not None
    except CalculationError:
        return False
