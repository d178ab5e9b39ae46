"""The two spellings of Gemini's members: callers may write `inline_data` as well as `inlineData` (ProtoJSON, names)."""

from typing import Any, cast

from trigate.llm.node import Fault, Node

_CAMELS = """
systemInstruction toolConfig safetySettings generationConfig cachedContent serviceTier continuationToken
candidateCount maxOutputTokens stopSequences responseLogprobs presencePenalty frequencyPenalty topP topK
responseMimeType responseSchema responseJsonSchema thinkingConfig responseModalities mediaResolution speechConfig
imageConfig enableEnhancedCivicAnswers audioTranscriptionConfig audioTimestamp routingConfig responseFormat
includeThoughts thinkingBudget thinkingLevel
functionDeclarations parametersJsonSchema responseJsonSchema googleSearch googleSearchRetrieval codeExecution urlContext
computerUse fileSearch googleMaps enterpriseWebSearch mcpServers
functionCallingConfig retrievalConfig allowedFunctionNames includeServerSideToolInvocations
inlineData fileData functionCall functionResponse executableCode codeExecutionResult thoughtSignature videoMetadata
toolCall toolResponse partMetadata mimeType fileUri displayName willContinue
modelSelectionConfig modelArmorConfig streamFunctionCallArguments
"""


def _snake(name: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name)


_OTHER = {_snake(name): name for name in _CAMELS.split()}


def spelled(value: Any) -> Any:
    """The object with Google's members in the spelling of its JSON; the caller's own names stay as they are."""
    if type(value) is not dict:
        return value
    members = cast("dict[str, Any]", value)
    if not any("_" in name for name in members):
        return members
    return {
        (_OTHER.get(name, name) if _OTHER.get(name) not in members else name): each for name, each in members.items()
    }


def read_node(value: Any, fault: Fault, path: str = "") -> Node:
    """An object of Gemini's API, to be read."""
    return Node(spelled(value), fault, path)


def read_below(node: Node, name: str, fault: Fault) -> Node | None:
    """The object that is a member of another; None if there is none."""
    value = node.take(name)
    return None if value is None else read_node(value, fault, node.under(name))


def read_list(node: Node, name: str, fault: Fault) -> list[Node]:
    """A list of objects; Google takes one that stands alone for a list of one."""
    value = node.take(name)
    if value is None:
        return []
    under = node.under(name)
    if type(value) is dict:
        return [read_node(value, fault, under)]
    if type(value) is not list:
        raise fault(f"`{under}` must be a list", under)
    items = cast("list[Any]", value)
    return [read_node(each, fault, f"{under}[{place}]") for place, each in enumerate(items)]
