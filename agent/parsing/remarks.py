"""What a model is told about a step that cannot be carried out as it is."""

from typing import Final

EMPTY: Final = (
    "Your reply is empty. Write 'Thought:', then 'Action:' and 'Action Input:', or 'Final Answer:'."
)
NEITHER: Final = (
    "There is no action and no final answer. To use a tool, write two lines, 'Action: NAME' and "
    "'Action Input: ARGUMENTS'; to finish, write 'Final Answer: ' and the answer."
)
BOTH: Final = (
    "You wrote an action and a final answer at once. Write only the action and stop before the "
    "observation, which the tool gives; or write only the final answer."
)
TWO_ANSWERS: Final = "You wrote several final answers. Write one."
NO_ANSWER: Final = "The final answer is empty. Write it behind 'Final Answer:'."
NO_NAME: Final = "The line 'Action:' names no tool. Write the name of one tool behind it."
NO_INPUT: Final = (
    "The line 'Action Input:' with the arguments is missing after 'Action: {tool}'. "
    "Write both lines."
)
CUT_OFF: Final = (
    "The action input is a JSON object that is not closed. Write it again, complete and shorter."
)
TRAILING: Final = (
    "Nothing may follow the closing bracket of the action. Write 'Action: {tool}[argument]'."
)
BLOB: Final = (
    "Do not write the action as a JSON object. Write two lines instead:\n"
    "Action: {tool}\nAction Input: {arguments}"
)
ONE_AT_A_TIME: Final = "You wrote several actions at once. Write one action at a time."
