"""Both spellings of Google's members."""

import pytest

from tests.llm.dialects.gemini_content.scene import read, write
from trigate.llm.dialects.gemini_content.spelling import read_list, read_node, spelled
from trigate.llm.error import InvalidParameter
from trigate.llm.node import blame_caller


def test_a_caller_may_write_underscores_as_with_google():
    body, _ = write(
        read(
            {
                "system_instruction": {"parts": {"text": "Be brief."}},
                "contents": {"parts": [{"inline_data": {"mime_type": "image/png", "data": "AAAA"}}]},
                "generation_config": {"max_output_tokens": 5, "thinking_config": {"thinking_budget": 0}},
                "tools": [{"function_declarations": [{"name": "f", "parameters": {"type": "OBJECT"}}]}],
                "tool_config": {"function_calling_config": {"mode": "ANY", "allowed_function_names": ["f"]}},
                "cached_content": "cachedContents/1",
            }
        )
    )
    assert body == {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [{"parts": [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]}],
        "generationConfig": {"maxOutputTokens": 5, "thinkingConfig": {"thinkingBudget": 0}},
        "tools": [{"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT"}}]}],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}},
        "cachedContent": "cachedContents/1",
    }


def test_names_that_are_the_callers_own_keep_their_spelling():
    args = {"inline_data": 1, "mime_type": {"file_uri": 2}}
    contents = [{"role": "model", "parts": [{"function_call": {"name": "f", "id": "1", "args": args}}]}]
    assert write(read({"contents": contents}))[0]["contents"][0]["parts"][0]["functionCall"]["args"] == args


def test_a_member_in_both_spellings_is_not_merged():
    assert spelled({"topK": 1, "top_k": 2}) == {"topK": 1, "top_k": 2}


def test_an_object_that_stands_alone_is_a_list_of_one():
    (only,) = read_list(read_node({"parts": {"text": "a"}}, blame_caller), "parts", blame_caller)
    assert only.need_text("text") == "a"


@pytest.mark.parametrize("parts", ["text", 5, True])
def test_what_is_neither_list_nor_object_is_refused_by_its_path(parts: object):
    with pytest.raises(InvalidParameter) as caught:
        read({"contents": [{"parts": parts}]})
    assert caught.value.param == "contents[0].parts"
