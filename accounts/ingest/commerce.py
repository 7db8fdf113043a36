"""Contracts, invoices and churn."""

from django.core.exceptions import ValidationError

from accounts.ingest.facts import FactKind, Values, in_order, load_accounts, time_warnings
from accounts.ingest.lookups import Lookups
from accounts.ingest.parse.refusals import Refused
from accounts.ingest.records import ChurnRecord, ContractRecord, InvoiceRecord
from accounts.models import ChurnEvent, Contract, Invoice
from accounts.models.organization import currency_code


def check_currency(currency: str | None) -> None:
    try:
        currency_code(currency or "USD")
    except ValidationError as error:
        raise Refused("currency", f"{currency!r}: {error.message}") from None


def currency_of_account(record: ContractRecord | InvoiceRecord, lookups: Lookups) -> Values:
    return {"currency": lookups.account(record.account).currency}


def contract_columns(record: ContractRecord, lookups: Lookups) -> Values:
    check_currency(record.currency)
    in_order("ends_on", record.starts_on, record.ends_on, "ends before it starts")
    if record.arr.is_finite() and record.arr < 0:
        raise Refused("arr", f"{record.arr} is negative")
    return {
        "account_id": lookups.account(record.account).pk,
        "starts_on": record.starts_on,
        "ends_on": record.ends_on,
        "renews_on": record.renews_on,
        "plan_name": record.plan_name,
        "arr": record.arr,
        "currency": record.currency,
        "seats": record.seats,
        "posture": record.posture,
        "is_trial": record.is_trial,
    }


def contract_oddities(record: ContractRecord, values: Values, lookups: Lookups) -> list[str]:
    started_on = lookups.account(record.account).started_on
    return ["before the account's start"] if record.starts_on < started_on else []


def invoice_columns(record: InvoiceRecord, lookups: Lookups) -> Values:
    check_currency(record.currency)
    in_order("due_on", record.issued_on, record.due_on, "due before it was issued")
    return {
        "account_id": lookups.account(record.account).pk,
        "number": record.number,
        "issued_on": record.issued_on,
        "due_on": record.due_on,
        "amount": record.amount,
        "currency": record.currency,
        "paid_on": record.paid_on,
        "failed_payments": record.failed_payments,
    }


def invoice_oddities(record: InvoiceRecord, values: Values, lookups: Lookups) -> list[str]:
    odd = time_warnings(record.issued_on, lookups.account(record.account), today=lookups.today)
    is_paid_early = record.paid_on is not None and record.paid_on < record.issued_on
    return [*odd, *(["paid before it was issued"] if is_paid_early else [])]


def churn_columns(record: ChurnRecord, lookups: Lookups) -> Values:
    if not record.reason_code:
        raise Refused("reason_code", "missing")
    return {
        "account_id": lookups.account(record.account).pk,
        "churned_on": record.churned_on,
        "reason_code": record.reason_code,
        "note": record.note,
        "is_reactivation": record.is_reactivation,
    }


def churn_oddities(record: ChurnRecord, values: Values, lookups: Lookups) -> list[str]:
    return time_warnings(record.churned_on, lookups.account(record.account), today=lookups.today)


CONTRACTS = FactKind(
    model=Contract,
    load=load_accounts,
    columns=contract_columns,
    defaults=currency_of_account,
    odd=contract_oddities,
)
INVOICES = FactKind(
    model=Invoice, load=load_accounts, columns=invoice_columns, defaults=currency_of_account, odd=invoice_oddities
)
CHURN = FactKind(model=ChurnEvent, load=load_accounts, columns=churn_columns, odd=churn_oddities)
