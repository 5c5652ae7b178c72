"""Exit codes of the command, the same for every subcommand."""

OK = 0
ERROR = 1
USAGE = 2
DECLINED = 3
SOME_FAILED = 4
INTERRUPTED = 130
# As if SIGPIPE had ended the process: what shells expect of `chorei list | head -1`.
BROKEN_PIPE = 141

EXPLAINED = """\
Exit codes: 0 done (also when a question is declined); 1 error; 2 wrong usage;
3 declined, with ask --fail-on-decline; 4 some files could not be added;
130 interrupted with Ctrl-C."""
