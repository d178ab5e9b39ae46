"""A whole response for a caller."""

import msgspec

from trigate.llm.conversation import Conversation
from trigate.llm.dialects.openai_responses.content_reader import NAME
from trigate.llm.dialects.openai_responses.logprob import tokens_of
from trigate.llm.dialects.openai_responses.output_writer import OutputWriter
from trigate.llm.dialects.openai_responses.response import echo, end_response, start_response
from trigate.llm.loss import Losses
from trigate.llm.reply import Choice, Reply


def write_reply(reply: Reply, conversation: Conversation, losses: Losses) -> bytes:
    """The answer to `conversation`; what cannot be said of it goes into `losses`."""
    home = reply.dialect == NAME
    choice = reply.choices[0] if reply.choices else Choice(parts=[])
    if len(reply.choices) > 1:
        losses.drop("choices", "a response is one answer")
    writer = OutputWriter(conversation, losses, tokens_of(choice.logprobs), home=home)
    output = writer.write(choice.parts)
    response = start_response(reply.id, reply.model or conversation.model, reply.created) | echo(conversation)
    end_response(response, output, choice.stop, reply.tally)
    if home:
        response |= reply.form | reply.extra
    else:
        losses.drop_extra("", reply.extra)
        losses.drop_extra("choices", choice.extra)
    return msgspec.json.encode(response)
