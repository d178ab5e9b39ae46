"""Messages of servers, and the answer to what they ask."""

import json

from trigate.mcp.message import Outgoing, decline, decode_message


def test_a_message_is_told_apart_by_its_members():
    assert decode_message(b'{"id":1,"method":"x"}').is_request
    assert not decode_message(b'{"method":"x"}').is_request
    assert not decode_message(b'{"id":1,"result":{}}').is_request


def test_a_servers_question_is_declined_and_its_ping_answered():
    assert json.loads(decline(decode_message(b'{"id":"p","method":"ping"}'))) == {
        "jsonrpc": "2.0",
        "id": "p",
        "result": {},
    }
    refused = json.loads(decline(decode_message(b'{"id":5,"method":"roots/list"}')))
    assert (refused["id"], refused["error"]["code"]) == (5, -32601)


def test_an_id_is_put_in_front():
    assert Outgoing("a", b',"method":"a"}', []).text(b"3") == b'{"jsonrpc":"2.0","id":3,"method":"a"}'
