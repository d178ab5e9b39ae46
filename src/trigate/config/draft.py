"""A first trigate.yaml with comments, written from what was found on a machine."""

import json

from trigate.config.discovery import Discovery, FoundProvider, Ollama
from trigate.config.server_list import FoundServer, ServerList

_HEAD = """\
# The configuration of Trigate. `trigate check` tells every problem in it, `trigate explain PATH` what a key means.
# ${NAME} is replaced by an environment variable, ${file:PATH} by the text of a file, when the gateway starts.

inbound:
  listen: 127.0.0.1:8080       # where callers come in; keep it on loopback unless TLS is set up

policy:
  authenticators:
    - kind: api_key            # callers send `Authorization: Bearer KEY` (or x-api-key)
  keys:
    default:                   # the name that records show
      secret: "${TRIGATE_KEY}"
      lanes: [api, llm, mcp]   # the kinds of traffic this key may use
  access:                      # who may do what; one `deny` wins over every `allow`
    - key: default             # or team, user, agent, role …; without any it is about everybody
      allow: ["api.*", "llm.*", "mcp.*"]   # narrower: "llm.chat model/smart", "mcp.tools.call server/git/*"
  access_default: deny         # further keys may do nothing until a rule allows it
"""

_API = """
# Service traffic: requests to your own services.
# api:
#   routes:
#     orders:
#       match: { path: /orders/* }
#       targets: ["http://127.0.0.1:9000"]
"""

_NO_LLM = """
# Model traffic: no provider key was found in the environment, and no Ollama on this machine.
# llm:
#   providers:
#     openai: { kind: openai, api_key: "${OPENAI_API_KEY}" }
#   models:
#     smart: { targets: [openai/gpt-5.2] }   # callers ask for `smart`
"""

_NO_MCP = """
# Tool traffic: no .mcp.json was found here.
# mcp:
#   servers:
#     time: { command: [uvx, mcp-server-time] }
"""

_MODELS_SHOWN = 30


def write_draft(found: Discovery) -> str:
    """The text of the file; it needs TRIGATE_KEY and the variables it refers to, and nothing else."""
    return _HEAD + _API + _llm(found.providers, found.ollama) + _mcp(found.servers)


def _llm(providers: tuple[FoundProvider, ...], ollama: Ollama | None) -> str:
    if not providers and ollama is None:
        return _NO_LLM
    lines = ["", "# Model traffic: callers ask for PROVIDER/MODEL, or for a name given under `models`.", "llm:"]
    lines += ["  providers:"]
    for each in providers:
        lines += provider_lines(each)
    if ollama is not None:
        lines += ["    ollama:                    # on this machine; asks for no key", "      kind: ollama"]
        lines += [f"      base_url: {_text(ollama.base_url)}"]
    return "\n".join([*lines, *_models(providers, ollama), ""])


def provider_lines(found: FoundProvider) -> list[str]:
    """The lines of one provider, as they stand under `llm.providers`."""
    return [f"    {_text(found.name)}:", f"      kind: {_text(found.name)}", f'      api_key: "${{{found.variable}}}"']


def _models(providers: tuple[FoundProvider, ...], ollama: Ollama | None) -> list[str]:
    local = ollama.models[:_MODELS_SHOWN] if ollama else ()
    example = f"{providers[0].name if providers else 'ollama'}/NAME-OF-A-MODEL"
    lines = [f"    {_text(name)}: {{ targets: {_text(f'ollama/{name}')} }}" for name in local]
    margin = "    # " if local else "  #   "
    lines += [f"{margin}smart: {{ targets: [{example}] }}   # several targets: the next is tried when one fails"]
    return ["  models:" if local else "  # models:", *lines]


def _mcp(found: ServerList) -> str:
    notes = [f"# Left out of {found.file}: {_comment(each)}." for each in found.notes]
    if not found.servers:
        return _NO_MCP + "".join(f"{each}\n" for each in notes)
    lines = ["", f"# Tool traffic: the servers of {found.file}, all at /mcp; a tool T of server S shows as S__T."]
    lines += [*notes, "mcp:", "  servers:"]
    for each in found.servers:
        lines += _server(each)
    return "\n".join([*lines, ""])


def _server(found: FoundServer) -> list[str]:
    lines = [f"    {_text(found.name)}:"]
    if found.command:
        lines += [f"      command: [{', '.join(_text(each) for each in found.command)}]"]
    else:
        lines += [f"      url: {_text(found.url)}"]
    lines += [f"      cwd: {_text(found.cwd)}"] if found.cwd else []
    return [*lines, *_block("env", found.env), *_block("headers", found.headers)]


def _block(key: str, values: dict[str, str]) -> list[str]:
    lines = [f"        {_text(name)}: {_text(value)}" for name, value in values.items()]
    return [f"      {key}:", *lines] if lines else []


def _text(text: str) -> str:
    """Quoted as JSON does, which YAML reads the same (YAML 1.2 §1.3)."""
    return json.dumps(text)


def _comment(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text)
