"""The addresses of product usage and of how we score in the table of all addresses: for everybody."""

from tests.gate_world import Row, of_account

#                      csm other manager leader viewer ops guest
USE = {
    "product-usage":   Row("200 200  200     200    200  200  302"),
    "product-usage-csv": Row("200 200 200    200    200  200  302"),
    # Nothing is worked out yet; tests/dashboards/pages/test_product_usage.py asks when something is.
    "product-usage-accounts": Row("404 404 404 404 404 404 302"),
    "product-usage-accounts-csv": Row("404 404 404 404 404 404 302"),
    "account-patterns-csv": Row("200 404 200 200   200  200  302", "get", of_account),
    "how-we-score":    Row("200 200  200     200    200  200  302"),
    "how-we-score-csv": Row("200 200 200     200    200  200  302"),
}  # fmt: skip
