"""From where a person does something, as the audit keeps it."""

import pytest

from dashboards.origin import address_of

FORWARDED = "198.51.100.66, 203.0.113.9"


@pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.66")])
def test_the_address_is_the_one_that_the_last_trusted_proxy_saw(rf, settings, proxies, address):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    assert address_of(rf.get("/", headers={"X-Forwarded-For": FORWARDED})) == address


def test_where_fewer_passed_it_on_than_are_trusted_nobody_knows(rf, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 3
    assert address_of(rf.get("/", headers={"X-Forwarded-For": FORWARDED})) == ""
