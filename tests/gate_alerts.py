"""The addresses of alerts in the table of all addresses."""

from tests.gate_world import Row, of_contact, of_nobody

#                      csm other manager leader viewer ops guest
ALERTS = {
    "alerts":          Row("200 200  200     200    200  200  302"),
    "alerts-csv":      Row("200 200  200     200    200  200  302"),
    "alerts-read":     Row("302 302  302     302    302  302  302", "post"),
    # Nobody was told anything, and none has a rule.
    "alert":           Row("404 404  404     404    404  404  302", "get", of_nobody),
    "alert-done":      Row("404 404  404     404    404  404  302", "post", of_nobody),
    "alert-rules":     Row("200 200  200     200    200  200  302"),
    "alert-rules-csv": Row("200 200  200     200    200  200  302"),
    "alert-rule-new":  Row("200 200  200     200    200  200  302"),
    "alert-rule":      Row("404 404  404     404    404  404  302", "get", of_nobody),
    **{
        f"alert-rule-{what}": Row("404 404 404 404 404 404 302", "post", of_nobody)
        for what in ("switch", "drop", "back")
    },
    "alert-hours":     Row("200 200  200     200    200  200  302"),
    "alert-wanted":    Row("404 404  404     404    404  404  302", "post", of_nobody),
    "alert-targets":   Row("403 403  403     403    403  200  302"),
    "alert-targets-csv": Row("403 403 403    403    403  200  302"),
    **{
        f"alert-target-{what}": Row("403 403 403 403 403 404 302", "post", of_nobody)
        for what in ("secret", "switch", "test", "drop", "back")
    },
    "alert-deliveries": Row("403 403 403     403    403  200  302"),
    "alert-deliveries-csv": Row("403 403 403 403    403  200  302"),
    "alert-replay":    Row("403 403  403     403    403  404  302", "post", of_nobody),
    "alert-stop":      Row("404 404  404     404    404  404  404", "get", lambda world: {"token": "none"}),
    # Mails to contacts, which rules send.
    "reengagement":    Row("200 200  200     403    403  200  302"),
    "reengagement-csv": Row("200 200 200     403    403  200  302"),
    "reengagement-words": Row("403 403 403   403    403  200  302"),
    "reengagement-stop": Row("404 404 404    404    404  404  404", "get", lambda world: {"token": "none"}),
    "contact-mails":   Row("302 404  302     403    403  302  302", "post", of_contact),
}  # fmt: skip
