"""What one program may use."""

from pydantic import Field

from chorei.core import Frozen


class Limits(Frozen):
    """The most that one program may use before it is stopped.

    Attributes:
        seconds: Wall time of the program in seconds, at most 60.
        memory_mb: Its heap in MiB (2**20 bytes).
        output_bytes: Bytes of printed text (UTF-8) that are kept; also the largest result.
        recursion: Depth of nested function calls.
    """

    seconds: float = Field(default=2.0, gt=0, le=60)
    memory_mb: int = Field(default=256, ge=16, le=4096)
    output_bytes: int = Field(default=65_536, ge=256, le=1_048_576)
    recursion: int = Field(default=1000, ge=10, le=1000)

    def within(self, outer: "Limits") -> "Limits":
        """These limits, none of them looser than ``outer``."""
        return Limits(
            seconds=min(self.seconds, outer.seconds),
            memory_mb=min(self.memory_mb, outer.memory_mb),
            output_bytes=min(self.output_bytes, outer.output_bytes),
            recursion=min(self.recursion, outer.recursion),
        )
