"""Contracts, invoices and churn."""

from accounts.ingest.facts import FactKind, Values, in_order
from accounts.ingest.lookups import Lookups
from accounts.ingest.parse.refusals import Refused
from accounts.ingest.records import ContractRecord, InvoiceRecord
from accounts.models import ChurnEvent, Contract, Invoice


def currency_of_account(record: ContractRecord | InvoiceRecord, lookups: Lookups) -> Values:
    return {"currency": lookups.account(record.account).currency}


def check_contract(row: Values) -> None:
    in_order(row, "starts_on", "ends_on", "ends before it starts")
    if row["arr"] < 0:
        raise Refused("arr", f"{row['arr']} is negative")


def contract_oddities(record: ContractRecord, lookups: Lookups) -> list[str]:
    # A contract that starts in the future is none: it was signed ahead.
    started_on = lookups.account(record.account).started_on
    return ["before the account's start"] if record.starts_on < started_on else []


def check_invoice(row: Values) -> None:
    in_order(row, "issued_on", "due_on", "due before it was issued")
    in_order(row, "issued_on", "failed_on", "a payment failed before it was issued")


def invoice_oddities(record: InvoiceRecord, lookups: Lookups) -> list[str]:
    is_paid_early = record.paid_on is not None and record.paid_on < record.issued_on
    return ["paid before it was issued"] if is_paid_early else []


def check_churn(row: Values) -> None:
    if not row["reason_code"]:
        raise Refused("reason_code", "missing")
    if (row["lost_arr"] or 0) < 0:
        raise Refused("lost_arr", f"{row['lost_arr']} is negative")


CONTRACTS = FactKind(model=Contract, defaults=currency_of_account, check=check_contract, odd=contract_oddities)
INVOICES = FactKind(
    model=Invoice,
    defaults=currency_of_account,
    check=check_invoice,
    day=lambda record: record.issued_on,
    odd=invoice_oddities,
    recorded=({"failed_payments__gt": 0},),
)
CHURN = FactKind(model=ChurnEvent, check=check_churn, day=lambda record: record.churned_on)
