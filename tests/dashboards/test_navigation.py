"""What each role finds in the navigation."""

from collections import Counter

import pytest
from django.urls import reverse

from dashboards.navigation import navigation


@pytest.mark.parametrize(
    ("who", "groups"),
    [("csm", ["Team"]), ("manager", ["Team"]), ("leader", []), ("viewer", []), ("ops", ["Administration"])],
)
def test_who_enters_or_defines_measures_finds_them_once(request, who, groups):
    items = navigation(request.getfixturevalue(who), path="/")
    assert [item.group for item in items if item.label == "Measures"] == groups
    assert set(Counter(item.url for item in items).values()) == {1}


def test_the_page_of_measures_is_marked_while_values_are_entered(csm):
    current = [item.label for item in navigation(csm, path="/measures/values/csm_sentiment") if item.is_current]
    assert current == ["Measures"]


def test_single_keys_are_switched_off_and_on_and_stay_so(client, organization, csm):
    client.force_login(csm)
    assert 'data-keys="off"' not in client.get(reverse("accounts")).content.decode()
    assert client.post(reverse("set-keys"), {"keys": "off"}).status_code == 302
    page = client.get(reverse("accounts")).content.decode()
    assert 'data-keys="off"' in page
    assert "Switch on" in page
    client.post(reverse("set-keys"), {"keys": "on"})
    assert 'data-keys="off"' not in client.get(reverse("accounts")).content.decode()
    assert client.post(reverse("set-keys"), {"keys": "maybe"}).status_code == 400
