"""Whose a comment is, what marks it, and who may be told a token."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
from support.forge_server import serving
from support.forge_servers import ENVIRON, GitHubServer
from test_lying_forges import MESSAGE, Elsewhere, Place

from sigclock.forges import FORGES
from sigclock.forges.comment import ForgeError, Message, Target, sign


@pytest.mark.parametrize("login", ["sigclock-bot", "github-actions[bot]"])
def test_another_bots_comment_with_our_mark_is_not_ours(login: str) -> None:
    with serving(GitHubServer()) as server, serving(Elsewhere()) as elsewhere:
        server.login = login
        place = Place(server, elsewhere)
        foreign = place.signed.replace("two", "six")
        server.say("other[bot]", foreign, bot=True)
        for _ in range(2):
            place.post()
        remarks = [(remark.author, remark.body) for remark in server.remarks]
        assert remarks == [("other[bot]", foreign), (login, place.signed)]


def test_what_the_jobs_own_account_wrote_makes_room_for_a_token_of_ours() -> None:
    with serving(GitHubServer()) as server, serving(Elsewhere()) as elsewhere:
        place = Place(server, elsewhere)
        server.say("github-actions[bot]", place.signed, bot=True)
        server.say("other[bot]", place.signed, bot=True)
        place.post()
        assert [remark.author for remark in server.remarks] == ["other[bot]", server.login]


@pytest.mark.skipif(not shutil.which("openssl"), reason="nothing makes a certificate")
@pytest.mark.parametrize("name", ["github", "gitlab"])
def test_a_certificate_that_nobody_signed_is_refused(name: str, tmp_path: Path) -> None:
    """Whoever answers in a forge's place has no certificate for its name; nothing is sent."""
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=x "
    made += f"-days 9 -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {certificate}"
    subprocess.run(made.split(), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(Elsewhere(), context) as elsewhere:
        target = Target(f"{elsewhere.url}/api/v4", "acme/pipeline", 7, "", "b" * 40)
        with pytest.raises(ForgeError, match=r"could not be reached \(SSLCertVerificationError\)"):
            FORGES[name].post(target, [MESSAGE], ENVIRON, 5)
    assert elsewhere.requests == []


@pytest.mark.parametrize("letter", "x-\u20ac\U0001f600")
def test_a_mark_of_any_length_is_of_its_own(letter: str) -> None:
    """Also around the length from which a name is cut, of a folder and of a configuration."""
    names = [letter * length for length in range(1, 260)]
    said = [sign(Message(name, "", configuration=other)) for name in names for other in ("", name)]
    assert len(set(said)) == len(said)
    most = min(65_536 - forge.limit for forge in FORGES.values() if forge.limit < 65_536)
    assert max(map(len, said)) <= most
