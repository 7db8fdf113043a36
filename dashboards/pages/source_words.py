"""What the pages of sources say: why an event waits and what to do about it, and how a client is set up."""

from dataclasses import dataclass

# code → what it is called, what somebody can do
REASONS = {
    "unknown_account": ("Unknown account", "Bring the account, then replay."),
    "ambiguous_account": ("Account of several sources", "Name one of them in the mapping, then replay."),
    "no_account": ("Of no account", "Send a group or an identify that says whose the user is, then replay."),
    "anonymous": ("Nobody known", "Discard. The mapping can drop such events from now on."),
    "refused": ("Refused value", "Correct what the client sends, then discard."),
    "out_of_range": ("Impossible time", "Correct the client's clock, then discard."),
    "erased": ("Of somebody who was erased", "Nothing: it is not kept."),
    "failed": ("Not counted by a fault of ours", "Replay with a version that has it corrected; the log tells more."),
    "unreadable": ("Not readable by a fault of ours", "Replay with a version that can read it; the log tells more."),
}
PLACEHOLDER = "YOUR_KEY"


@dataclass(frozen=True)
class Snippet:
    title: str
    text: str


@dataclass(frozen=True)
class Setup:
    """How an existing client is pointed at this host."""

    host: str
    snippets: tuple[Snippet, ...]


def setup_of(host: str, *, key: str = PLACEHOLDER) -> Setup:
    return Setup(
        host,
        (
            Snippet("Command line", curl(host, key)),
            Snippet("Python", python(host, key)),
            Snippet("Node", node(host, key)),
            Snippet("Browser", browser(host, key)),
        ),
    )


def curl(host: str, key: str) -> str:
    event = '{"userId": "u-1", "event": "Report Exported", "context": {"groupId": "acme"}}'
    return f"curl {host}/v1/track -u {key}: -H 'Content-Type: application/json' \\\n  -d '{event}'"


def python(host: str, key: str) -> str:
    return (
        "import segment.analytics as analytics\n\n"
        f'analytics.write_key = "{key}"\nanalytics.host = "{host}"\n'
        'analytics.track("u-1", "Report Exported", context={"groupId": "acme"})\nanalytics.flush()'
    )


def node(host: str, key: str) -> str:
    return (
        "import { Analytics } from '@segment/analytics-node'\n\n"
        f"const analytics = new Analytics({{ writeKey: '{key}', host: '{host}' }})\n"
        "analytics.track({ userId: 'u-1', event: 'Report Exported', context: { groupId: 'acme' } })"
    )


def browser(host: str, key: str) -> str:
    bare = host.partition("://")
    return (
        "import { AnalyticsBrowser } from '@segment/analytics-next'\n\n"
        "const analytics = AnalyticsBrowser.load(\n"
        f"  {{ writeKey: '{key}', cdnSettings: {{ integrations: {{ 'Segment.io': {{ apiKey: '{key}' }} }} }} }},\n"
        f"  {{ integrations: {{ 'Segment.io': {{ apiHost: '{bare[2]}/v1', protocol: '{bare[0]}' }} }} }},\n"
        ")\nanalytics.track('Report Exported', {}, { groupId: 'acme' })"
    )
