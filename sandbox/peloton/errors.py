"""The JSON envelope of the service's own errors."""

from __future__ import annotations

from sandbox.messages import Answer, json_answer


def error(status: int, error_code: int, message: str) -> Answer:
    return json_answer(
        {"status": status, "error_code": error_code, "subcode": None, "message": message, "details": None},
        status,
    )
