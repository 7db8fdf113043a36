"""The addresses of the customer's page: sharing it, what is shared, how it looks."""

from tests.gate_world import SHARE, Row, of_account, of_link, of_nobody, of_shared_step, of_token

#                       csm other manager leader viewer ops guest
CUSTOMER = {
    "share-create":    Row("200 404  200     403    403  200  302", "post", of_account, SHARE),
    "share-revoke":    Row("302 404  302     403    403  302  302", "post", of_link),
    "share-new":       Row("200 404  200     403    403  200  302", "get", of_account),
    "share-preview":   Row("200 404  200     403    403  200  302", "get", of_account),
    "share-link":      Row("200 404  200     403    403  200  302", "get", of_link),
    "share-link-csv":  Row("200 404  200     403    403  200  302", "get", of_link),
    "customer-page":   Row("403 403  403     403    403  200  302"),
    "customer-page-logo": Row("403 403 403   403    403  302  302", "post", data=(("remove", "1"),)),
    "customer-page-undo": Row("403 403 403   403    403  404  302", "post", of_nobody),
    "contact-card":    Row("200 200  200     403    403  200  302"),
    # The token says who does it: the step of the world is not shared, so nobody can tick it off.
    "share-step":      Row("422 422  422     422    422  422  422", "post", of_shared_step, (("do", "tick"),)),
    "share-stop":      Row("404 404  404     404    404  404  404", "get", lambda world: {"token": "none"}),
    "share":           Row("200 200  200     200    200  200  200", "get", of_token),
}  # fmt: skip
