"""Buckets: a minute's worth at once, then a steady rate; failures counted by address."""

import re

import pytest

from tingzhen.errors import TooManyRequests
from tingzhen.serving.access.failures import Failures, network_of
from tingzhen.serving.access.rate_limits import Buckets


def test_a_bucket_gives_its_quota_and_then_says_when_to_come_back() -> None:
    buckets = Buckets()
    taken = [buckets.take("a", 5) for _ in range(5)]
    assert [left.retry_after_s for left in taken] == [None] * 5
    assert taken[-1].remaining == 0
    refused = buckets.take("a", 5)
    assert refused.retry_after_s is not None
    assert 0 < refused.retry_after_s <= 12
    assert buckets.take("b", 5).retry_after_s is None


def test_being_refused_costs_nothing_and_a_bucket_fills_again() -> None:
    buckets = Buckets()
    fast = 6_000  # a hundred a second
    for _ in range(fast):
        buckets.take("a", fast)
    while (left := buckets.take("a", fast)).retry_after_s is None:
        pass
    assert left.retry_after_s <= 0.01
    waited = 0
    while buckets.look("a", fast).retry_after_s is not None:
        waited += 1
    assert buckets.take("a", fast).retry_after_s is None


def test_the_headers_are_those_of_the_draft() -> None:
    headers = Buckets().take("a", 60).headers()
    assert headers["RateLimit-Policy"] == '"requests";q=60;w=60'
    assert re.fullmatch(r'"requests";r=59;t=1', headers["RateLimit"])


def test_no_more_buckets_are_kept_than_there_is_room_for() -> None:
    buckets = Buckets(most=3)
    for key in "abcd":
        buckets.take(key, 2)
    assert buckets.take("a", 2).remaining == 1  # forgotten, and so full
    assert buckets.take("d", 2).remaining == 0


def test_an_address_that_fails_too_often_is_no_longer_looked_at() -> None:
    failures = Failures(per_minute=3)
    failures.succeeded("Bearer good")
    for _ in range(3):
        failures.check("192.0.2.1", "Bearer bad")
        failures.failed("192.0.2.1", "Bearer bad")
    with pytest.raises(TooManyRequests) as raised:
        failures.check("192.0.2.1", "Bearer bad")
    assert raised.value.retry_after_s is not None
    failures.check("192.0.2.1", "Bearer good")
    failures.check("192.0.2.2", "Bearer bad")
    failures.failed("192.0.2.1", "Bearer good")  # it was taken back
    with pytest.raises(TooManyRequests):
        failures.check("192.0.2.1", "Bearer good")


def test_a_network_of_ipv6_is_one_address() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:2")
    assert network_of("2001:db8::1") != network_of("2001:db8:0:1::1")
    assert network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("") == ""
