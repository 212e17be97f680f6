"""The error bodies of Strava. The status alone says little: 401 has two causes that want different cures."""

from __future__ import annotations

from sandbox.messages import Answer, json_answer

MESSAGES = {
    400: "Bad Request",
    401: "Authorization Error",
    403: "Forbidden",
    404: "Record Not Found",
    429: "Rate Limit Exceeded",
}
REFUSED_FIELDS = {"read": "read rate limit", "overall": "overall rate limit"}


def error(status: int, resource: str, field: str, code: str) -> Answer:
    body = {
        "message": MESSAGES[status],
        "errors": [{"resource": resource, "field": field, "code": code}],
    }
    return json_answer(body, status)


def token_dead() -> Answer:
    """A refresh helps."""
    return error(401, "Athlete", "access_token", "invalid")


def scope_missing(scope: str) -> Answer:
    """A refresh does not help."""
    return error(401, "AccessToken", f"{scope}_permission", "missing")


def inactive() -> Answer:
    """The developer of the application has no subscription; refreshing a token goes on working."""
    return error(403, "Application", "Status", "Inactive")


def not_found(resource: str) -> Answer:
    return error(404, resource, "", "not found")


def no_streams() -> Answer:
    """Of a manual entry, and for a while of a fresh upload."""
    return json_answer({"message": "Resource Not Found", "errors": []}, 404)


def limit_exceeded(bucket: str) -> Answer:
    return error(429, "Application", REFUSED_FIELDS[bucket], "exceeded")
