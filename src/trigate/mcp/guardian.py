"""A last watcher that ends the children when the gateway itself is killed."""

import shlex
import subprocess
from collections.abc import Sequence
from contextlib import suppress

# A shell, because it costs a megabyte. It reads process groups from its input, and what is to be done after them; when
# the input ends, the gateway is dead.
_SCRIPT = """
trap '' INT TERM HUP
groups=' '
while read -r verb group; do
  case $verb in
    +) groups="$groups$group " ;;
    -) groups="${groups%% $group *} ${groups#* $group }" ;;
    after) read -r "after_$group" ;;
    do) eval "last=\\$after_$group; unset after_$group"; eval "$last" >/dev/null 2>&1 </dev/null & ;;
  esac
done
for group in $groups; do
  kill -KILL "-$group" 2>/dev/null
  eval "last=\\$after_$group"
  eval "$last" >/dev/null 2>&1 </dev/null
done
"""


class Guardian:
    """Knows every process group the gateway has started, and kills those left when this process is gone."""

    __slots__ = ("_process",)

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def watch(self, group: int, after: Sequence[Sequence[str]] = ()) -> None:
        """Remember a group, and the commands that tidy up when it has ended, however that comes about."""
        self._say(b"+ %d\n" % group)
        text = "; ".join(map(shlex.join, after))
        if text:
            if "\n" in text:
                raise ValueError("a command with a line break cannot be remembered")
            self._say(b"after %d\n%b\n" % (group, text.encode()))

    def release(self, group: int, tidy: bool = False) -> None:
        """Forget a group that has ended, since its number may be given to others; `tidy` it, if it was given how."""
        if self._process is not None:
            self._say((b"do %d\n" % group if tidy else b"") + b"- %d\n" % group)

    def _say(self, line: bytes) -> None:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _SCRIPT],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,
            )
        pipe = self._process.stdin
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.write(line)

    def close(self) -> None:
        """End the watcher; what it still knows is killed."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(5)
            self._process = None
