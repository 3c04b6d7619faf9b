"""Where the money goes: one form of each base URL, and no key in clear text or to the wrong host."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.api.target import normalise_base_url, same_target, target_name
from importer.errors import SettingsError

SECRET = "hunter2hunter2"


@pytest.mark.parametrize(
    ("text", "url", "name"),
    [
        ("https://app.tracklysms.com/api", "https://app.tracklysms.com/api", "app.tracklysms.com"),
        ("https://app.tracklysms.com/api/", "https://app.tracklysms.com/api", "app.tracklysms.com"),
        ("https://app.tracklysms.com/api//", "https://app.tracklysms.com/api", "app.tracklysms.com"),
        ("https://app.tracklysms.com/api/v2/revenue", "https://app.tracklysms.com/api", "app.tracklysms.com"),
        ("https://app.tracklysms.com/api/v2/revenue/", "https://app.tracklysms.com/api", "app.tracklysms.com"),
        ("https://app.tracklysms.com/api/v2/revenue/bulk", "https://app.tracklysms.com/api", "app.tracklysms.com"),
        ("https://app.tracklysms.com/v2/revenue//v2/revenue/", "https://app.tracklysms.com", "app.tracklysms.com"),
        ("  https://APP.TracklySMS.com/API\n", "https://app.tracklysms.com/API", "app.tracklysms.com"),
        ("HTTPS://app.tracklysms.com./api", "https://app.tracklysms.com/api", "app.tracklysms.com"),
        ("https://app.tracklysms.com:443/api", "https://app.tracklysms.com/api", "app.tracklysms.com"),
        ("https://app.tracklysms.com:8443", "https://app.tracklysms.com:8443", "app.tracklysms.com:8443"),
        ("https://app.tracklysms.com:/api", "https://app.tracklysms.com/api", "app.tracklysms.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://127.8.9.1:80/x", "http://127.8.9.1/x", "127.8.9.1"),
        ("http://localhost:9000/v2/revenue", "http://localhost:9000", "localhost:9000"),
        ("http://LOCALHOST.:9000", "http://localhost:9000", "localhost:9000"),
        ("http://[::ffff:127.0.0.1]:8080", "http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://[::FFFF:7f00:1]/api", "http://127.0.0.1/api", "127.0.0.1"),
        ("https://[::ffff:10.0.0.1]", "https://10.0.0.1", "10.0.0.1"),
        ("http://[::1]:8080/api", "http://[::1]:8080/api", "[::1]:8080"),
        ("http://[0:0:0:0:0:0:0:1]", "http://[::1]", "[::1]"),
        ("https://[2001:DB8::1]/api", "https://[2001:db8::1]/api", "[2001:db8::1]"),
        ("https://bücher.example", "https://xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("https://my_proxy.internal", "https://my_proxy.internal", "my_proxy.internal"),
    ],
)
def test_base_url_has_one_form(text: str, url: str, name: str) -> None:
    """Everything before /v2/revenue, with a lower-case host and no default port, names the same target."""
    assert normalise_base_url(text) == url
    assert target_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "", "app.tracklysms.com/api", "ftp://app.tracklysms.com", "https://", "https:///api", "file:///etc/passwd",
        f"https://user:{SECRET}@app.tracklysms.com", f"https://{SECRET}@app.tracklysms.com", "https://@host",
        f"https://app.tracklysms.com/api?key={SECRET}", f"https://app.tracklysms.com/#{SECRET}",
        "https://app.tracklysms.com/api?", "https://app.tracklysms.com/api#",
        "https://app.track\nlysms.com", "https://app.tracklysms.com/a b", "https://evil\\@app.tracklysms.com",
        "https://app..com", "https://-", "https://host:0", "https://host:65536", "https://host:x",
        "https://[::1", "https://[nonsense]", "https://host%41", "https://a,b", "https://\u2028",
        "http://127.1", "http://127.0.1", "http://0x7f.1", "http://0X7F000001", "http://2130706433", "http://0",
        "http://0177.0.0.1", "http://127.0.0.01", "http://127.0.0.256", "http://a.127", "http://1.2.3.4.5",
        "http://0x7f.0x0.0x0.0x1", "http://127.0.0.1.\u3002",
    ],
)  # fmt: skip
def test_base_url_that_is_not_one_is_refused(text: str) -> None:
    """What is not an http(s) URL of a host, or carries a user, query or fragment, is refused without its secret."""
    with pytest.raises(SettingsError) as caught:
        normalise_base_url(text, allow_http=True)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("app.tracklysms.com", "must start with https:// (or http://) and name a host"),
        ("ftp://app.tracklysms.com", "must start with https:// (or http://) and name a host"),
        ("https:///api", "must start with https:// (or http://) and name a host"),
        ("https://me@app.tracklysms.com", "must not contain a user, a password, a query or a fragment"),
        ("https://app.tracklysms.com?", "must not contain a user, a password, a query or a fragment"),
        ("https://app.tracklysms.com/a b", "contains white space, a control character or a backslash"),
        ("https://[::1", "its brackets do not hold an IPv6 address"),
        ("https://[127.0.0.1]", "its brackets do not hold an IPv6 address"),
        ("https://app..com", "must name a host, such as"),
        ("https://app.tracklysms.com:0", "its port is not a number from 1 to 65535"),
        ("https://127.1", "host 127.1 is an address in a form that programs read differently"),
    ],
)
def test_what_is_wrong_with_a_base_url_is_said(text: str, sentence: str) -> None:
    """Each mistake has its own sentence, as each is mended in another way."""
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        normalise_base_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "http://app.tracklysms.com", "http://10.0.0.1", "http://0.0.0.0", "http://[::2]", "http://[::]",
        "http://localhost.com", "http://trackly.localhost", "http://localhost.localdomain", "http://ip6-localhost",
        "http://127.0.0.1.nip.io", "http://xlocalhost",
    ],
)  # fmt: skip
def test_plain_http_to_another_machine_needs_permission(text: str) -> None:
    """Plain http to another host than loopback is refused unless --allow-http says so."""
    with pytest.raises(SettingsError, match="--allow-http"):
        normalise_base_url(text)
    assert normalise_base_url(text, allow_http=True) == text


def test_sandbox_has_its_own_name() -> None:
    """The built-in sandbox is called `sandbox`, whatever port it got."""
    assert target_name("http://127.0.0.1:41234", sandbox=True) == "sandbox"


PIECES = st.sampled_from(["/v2/revenue", "/bulk", *"/.:[]@?#%1aA\u00e4\\- "])


@given(st.lists(PIECES, max_size=12).map(lambda pieces: "https://" + "".join(pieces)))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    """A normalised base URL is a fixed point, and anything else than a SettingsError never escapes."""
    try:
        url = normalise_base_url(text)
    except SettingsError:
        return
    assert normalise_base_url(url) == url


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("app.tracklysms.com", "api.tracklysms.com", True),
        ("api.tracklysms.com", "api.tracklysms.com", True),
        ("app.tracklysms.com", "app.tracklysms.com:8443", False),
        ("sandbox", "app.tracklysms.com", False),
        ("localhost:1", "localhost:2", False),
        ("localhost:1", "localhost:1", True),
    ],
)
def test_two_hosts_of_the_vendor_are_one_target(one: str, other: str, same: bool) -> None:
    """The vendor's pages name one API by two hosts; every other difference is another target."""
    assert same_target(one, other) is same
    assert same_target(other, one) is same
