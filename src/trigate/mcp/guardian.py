"""A last watcher that ends the children when the gateway itself is killed."""

import subprocess
from contextlib import suppress

# A shell, because it costs a megabyte. It reads process groups from its input; when that ends, the gateway is dead.
_SCRIPT = """
trap '' INT TERM HUP
groups=' '
while read -r verb group; do
  case $verb in
    +) groups="$groups$group " ;;
    -) groups="${groups%% $group *} ${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -KILL "-$group" 2>/dev/null; done
"""


class Guardian:
    """Knows every process group the gateway has started, and kills those left when this process is gone."""

    __slots__ = ("_process",)

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def watch(self, group: int) -> None:
        """Remember a group."""
        self._say(b"+ %d\n" % group)

    def release(self, group: int) -> None:
        """Forget a group that has ended, since its number may be given to others."""
        if self._process is not None:
            self._say(b"- %d\n" % group)

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
