"""A server that does what its caller says, in Python and in a shell, to see what a sandbox lets it do."""

PYTHON = r"""
import json, os, socket, subprocess, sys, urllib.request
def do(what, given):
    if what == "read":
        return open(given).read()
    if what == "write":
        with open(given, "w") as file:
            return file.write("written")
    if what == "list":
        return sorted(os.listdir(given))
    if what == "connect":
        host, port = given.rsplit(":", 1)
        socket.create_connection((host, int(port)), 2).close()
        return "connected"
    if what == "fetch":
        return urllib.request.urlopen(given, timeout=5).read().decode()
    if what == "run":
        return subprocess.run(given, capture_output=True, text=True).stdout
    if what == "status":
        return open("/proc/self/status").read()
    return dict(os.environ)
for line in sys.stdin:
    message = json.loads(line)
    if message.get("method") == "tools/call":
        params = message["params"]
        try:
            result = {"content": [], "said": do(params["name"], params.get("arguments", {}).get("given"))}
        except Exception as error:
            result = {"content": [], "said": "failed: %s" % type(error).__name__}
    else:
        result = {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}, "tools": []}
    if "id" in message:
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
"""

SHELL = r"""
while read -r line; do
  id=${line#*\"id\":}; id=${id%%[,\}]*}
  case $line in
    *\"tools/call\"*)
      said=$TOKEN
      case $line in
        *\"write\"*) if (echo > /written) 2>/dev/null; then said=written; else said=refused; fi ;;
        *\"scratch\"*) if (echo > /tmp/written) 2>/dev/null; then said=written; else said=refused; fi ;;
        *\"shared\"*) read -r said < /shared/file ;;
        *\"harm\"*) if (echo > /shared/file) 2>/dev/null; then said=written; else said=refused; fi ;;
      esac
      echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{\"content\":[],\"said\":\"$said\"}}" ;;
    *\"server/discover\"*)
      echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{\"supportedVersions\":[\"2026-07-28\"],\"capabilities\":{}}}" ;;
  esac
done
"""
