"""What an erasure does to each table: the one place where that is said. A table that is not here fails a test.

Of every table that is not kept as it is, each column of text, JSON or bytes is searched for what tells who it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What becomes of a table's rows."""

    # Lookup of the account whose rows these are: they are deleted with it.
    of_account: str = ""
    # Whether amendments and the audit may speak of its rows by id.
    is_spoken_of: bool = True
    # Lookup of the contact whose own rows these are, and what is left in which columns.
    of_contact: str = ""
    left: Mapping[str, Any] = field(default_factory=dict)
    # Free text: among the facts of the person's account also a first or last name alone is taken out.
    free: tuple[str, ...] = ()
    # Columns with keys of users: a stand-in takes their place, so that counts stay.
    keys: tuple[str, ...] = ()
    # What becomes of a row that mentions who is erased.
    on_mention: Literal["redact", "empty", "delete", "keep"] = "redact"
    # With "empty": what is left in which columns.
    emptied: Mapping[str, Any] = field(default_factory=dict)
    # Columns of packed events: those that mention who is erased are taken out.
    events: tuple[str, ...] = ()
    # Why nothing is done.
    because: str = ""


def kept(because: str, *, of_account: str = "", is_spoken_of: bool = False) -> Rule:
    """Rows in which nobody of a customer is named."""
    return Rule(on_mention="keep", because=because, of_account=of_account, is_spoken_of=is_spoken_of)


NUMBERS = "numbers alone"
OUR_PEOPLE = "our own people, not a customer's"
OUR_WORDS = "our own settings"
THEIR_NAME = "Erased contact"

# What is deleted with an account is deleted in this order: what points at something before it.
RULES: dict[str, Rule] = {
    "scoring.spotcheck": Rule(of_account="account", free=("reason",)),
    "scoring.alertnotice": kept(NUMBERS, of_account="alert__account", is_spoken_of=True),
    "scoring.alert": Rule(of_account="account", is_spoken_of=False),
    "scoring.growthsign": kept(NUMBERS, of_account="account"),
    "scoring.snapshot": kept(NUMBERS, of_account="account"),
    "scoring.supersededsnapshot": kept(NUMBERS, of_account="account"),
    "scoring.accounthealth": kept(NUMBERS, of_account="account"),
    "scoring.rundifference": kept(NUMBERS, of_account="account"),
    "scoring.accountuse": kept(NUMBERS, of_account="account"),
    "scoring.featurestanding": kept(NUMBERS, of_account="account"),
    "accounts.accounttouch": kept(NUMBERS, of_account="account"),
    # Somebody may be named in the name of a view, or searched for in its address.
    "accounts.savedview": Rule(on_mention="delete"),
    "accounts.bulkchange": Rule(),
    "accounts.snooze": Rule(of_account="account", is_spoken_of=False, on_mention="delete"),
    "accounts.usagemonth": kept("folded anew when keys of users change", of_account="account"),
    "accounts.accountday": kept(NUMBERS, of_account="account"),
    "accounts.featureday": kept(NUMBERS, of_account="account"),
    "accounts.userday": Rule(of_account="account", is_spoken_of=False, keys=("user_key",)),
    "accounts.usagerow": Rule(of_account="account", is_spoken_of=False, keys=("user_key",)),
    "accounts.customerword": Rule(of_account="link__account", free=("text",)),
    "accounts.shareopening": kept(NUMBERS, of_account="link__account"),
    "accounts.sharekey": kept("hashes", of_account="link__account"),
    "accounts.sharelink": Rule(of_account="account", free=("words",)),
    "accounts.planreview": Rule(of_account="account", free=("note",)),
    "accounts.planstep": Rule(of_account="plan__account", free=("text", "note")),
    "accounts.mitigationplan": Rule(of_account="account", free=("reason", "goal", "closing_note")),
    "accounts.proposal": Rule(of_account="account", free=("reason", "words")),
    "accounts.pulse": Rule(of_account="account", free=("reason",)),
    "accounts.override": Rule(of_account="account", free=("reason",)),
    "accounts.renewaloutlook": Rule(of_account="account", free=("reason",)),
    "accounts.rapport": Rule(of_account="contact__account"),
    "accounts.surveyinvitation": kept("a hash and days", of_account="response__account", is_spoken_of=True),
    "accounts.surveyoptout": kept(NUMBERS, of_account="contact__account"),
    "accounts.reengagementmail": Rule(of_account="contact__account"),
    "accounts.mailpermission": kept(NUMBERS, of_account="contact__account"),
    "accounts.surveywish": kept(NUMBERS, of_account="touchpoint__account"),
    "accounts.surveyresponse": Rule(
        of_account="account", of_contact="contact", left={"comment": ""}, free=("comment",)
    ),
    "accounts.touchpoint_contacts": kept(NUMBERS, of_account="touchpoint__account"),
    "accounts.touchpoint_colleagues": kept(NUMBERS, of_account="touchpoint__account"),
    "accounts.touchpoint": Rule(of_account="account", of_contact="contacts", left={"note": ""}, free=("note",)),
    "accounts.outboxmail": Rule(
        of_account="contact__account",
        is_spoken_of=False,
        of_contact="contact",
        left={
            "recipient": "",
            "subject": "",
            "text": "",
            "html": "",
            "headers": {},
            "state": "failed",
            "error": "The recipient was erased.",
        },
        on_mention="delete",
    ),
    "accounts.contact": Rule(
        of_account="account", of_contact="pk", left={"name": THEIR_NAME, "email": "", "title": ""}
    ),
    "accounts.contract": Rule(of_account="account"),
    "accounts.invoice": Rule(of_account="account"),
    "accounts.ticket": Rule(of_account="account", free=("subject",)),
    "accounts.churnevent": Rule(of_account="account", free=("note",)),
    "accounts.businessevent": Rule(of_account="account", free=("note",)),
    "accounts.manualreading": Rule(of_account="account"),
    "accounts.milestone": Rule(of_account="account"),
    "accounts.outcome": Rule(of_account="account", free=("name",)),
    "accounts.entitlement": Rule(of_account="account"),
    "accounts.accounthistory": kept(NUMBERS, of_account="account", is_spoken_of=True),
    "accounts.account": Rule(of_account="pk"),
    # What came, and what is said about it.
    "accounts.amendment": Rule(),
    "accounts.auditentry": Rule(),
    "admin.logentry": Rule(),
    "accounts.ingestrun": Rule(),
    "accounts.quarantine": Rule(on_mention="empty", emptied={"payload": {}}),
    "accounts.fileimport": Rule(),
    "accounts.sourcefeed": kept(NUMBERS),
    "accounts.sourcehour": kept(NUMBERS),
    "accounts.sourcesilence": kept(NUMBERS),
    "accounts.streamaccount": kept(NUMBERS, of_account="account", is_spoken_of=False),
    "accounts.formervalue": Rule(),
    "accounts.columnmapping": Rule(),
    "accounts.inboxbatch": Rule(events=("payload",)),
    "accounts.heldevent": Rule(events=("payload",)),
    "accounts.eventquarantine": Rule(on_mention="delete"),
    "accounts.eventuser": Rule(keys=("key", "same_as")),
    "accounts.keptanswer": Rule(on_mention="delete"),
    "accounts.eventseen": kept("hashes of message ids, for 90 days"),
    # Drafts are words about measures, and yet somebody may have been named in one.
    "scoring.scorecarddraft": Rule(),
    "scoring.draftpreview": Rule(),
    "scoring.scoringrun": Rule(),
    "scoring.runchunk": kept(NUMBERS),
    "scoring.study": kept(NUMBERS),
    "scoring.usesum": kept("sums over many accounts, added up anew every night"),
    "scoring.yearday": kept("numbers alone; all of them go with an account, and are worked out anew"),
    "scoring.dailysummary": kept("sums over many accounts; an account's share is taken out with it"),
    # Who was erased, without a name.
    "accounts.erasure": kept("says what was erased, not who"),
    "accounts.suppression": kept("keyed hashes"),
    "accounts.export": kept("all files of exports are deleted at an erasure"),
    "accounts.restoration": kept(NUMBERS),
    # Ours.
    "accounts.user": kept(OUR_PEOPLE),
    "accounts.user_groups": kept(OUR_PEOPLE),
    "accounts.user_user_permissions": kept(OUR_PEOPLE),
    "accounts.team": kept(OUR_PEOPLE),
    "accounts.apitoken": kept(OUR_PEOPLE),
    "knox.authtoken": kept(OUR_PEOPLE),
    "account.emailaddress": kept(OUR_PEOPLE),
    "account.emailconfirmation": kept(OUR_PEOPLE),
    "sessions.session": kept(OUR_PEOPLE),
    "auth.group": kept(OUR_PEOPLE),
    "auth.group_permissions": kept(OUR_PEOPLE),
    "auth.permission": kept(OUR_WORDS),
    "contenttypes.contenttype": kept(OUR_WORDS),
    "accounts.organization": kept(OUR_WORDS),
    "accounts.exchangerate": kept(OUR_WORDS),
    "accounts.branding": kept(OUR_WORDS),
    "accounts.contactcard": kept(OUR_PEOPLE),
    "scoring.benchmark": kept(NUMBERS),
    "accounts.segment": kept(OUR_WORDS),
    "accounts.feature": kept(OUR_WORDS),
    # Words to customers, and yet somebody may have been named in one.
    "accounts.survey": Rule(),
    "accounts.surveytext": Rule(),
    "accounts.reengagement": kept(OUR_WORDS),
    "accounts.reengagementtext": Rule(),
    # Words about any account, and yet somebody may have been named in one.
    "accounts.playbook": Rule(),
    "accounts.playbookstep": Rule(),
    "accounts.holiday": Rule(),
    "accounts.source": kept(OUR_WORDS),
    "accounts.sourcekey": kept(OUR_WORDS),
    "accounts.knownday": kept(NUMBERS),
    "accounts.commontouch": kept(NUMBERS),
    # Somebody may be named in the name of a rule.
    "scoring.alertrule": Rule(),
    "scoring.alertfiring": kept(NUMBERS),
    "scoring.alertrule_targets": kept(OUR_WORDS),
    "scoring.alerttarget": kept(OUR_WORDS),
    "scoring.alertdelivery": kept(NUMBERS),
    # A target may repeat what it was told.
    "scoring.deliverytry": Rule(on_mention="empty", emptied={"said": ""}),
    "scoring.alertpreference": kept(OUR_PEOPLE),
    "scoring.alertmute": kept(OUR_PEOPLE),
    "scoring.alertwatch": kept(NUMBERS),
    "scoring.scorecard": kept(OUR_WORDS),
    "scoring.scorecardversion": kept("published, and never changed: what measures weigh, and why"),
    "scoring.scorecarditem": kept(OUR_WORDS),
    "scoring.custommeasure": kept(OUR_WORDS),
    "scoring.measuredefinition": kept(OUR_WORDS),
}
