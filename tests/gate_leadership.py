"""The rows of the table of all addresses that are about the overview and the renewal forecast."""

from tests.gate_world import Row, of_account, of_missing

#                       csm other manager leader viewer ops guest
LEADERSHIP = {
    "overview":        Row("403 403  403     200    200  200  302"),
    "overview-csv":    Row("403 403  403     200    200  200  302", data=(("block", "segments"),)),
    # Before the first scored day there is nothing behind a number of the past.
    "overview-behind": Row("403 403  403     404    404  404  302", data=(("kind", "day"),)),
    "overview-behind-csv": Row("403 403  403  200    200  200  302", data=(("kind", "day"),)),
    "forecast":        Row("200 200  200     200    200  200  302"),
    "forecast-csv":    Row("200 200  200     200    200  200  302", data=(("block", "accounts"),)),
    "forecast-account": Row("200 404 200     403    403  200  302", "get", of_account),
    "forecast-undo":   Row("404 404  404     403    403  404  302", "post", of_missing),
}  # fmt: skip
