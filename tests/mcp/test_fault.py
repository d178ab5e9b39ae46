"""Errors that know their JSON-RPC code."""

from trigate.mcp.fault import Fault, ServerFailed, SessionLost


def test_a_fault_carries_code_data_and_id():
    fault = Fault(-32602, "no", {"a": 1}, b"7")
    assert (fault.number, fault.message, fault.data, fault.id) == (-32602, "no", {"a": 1}, b"7")


def test_a_server_that_failed_is_not_tried_elsewhere():
    assert not ServerFailed("x").retryable
    assert not SessionLost("x").retryable
