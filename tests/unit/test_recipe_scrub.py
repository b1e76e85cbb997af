import pytest

from training.recipe.scrub import scrub


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        pytest.param("mail jane.doe@corp.org now", "mail user@example.com now", id="email"),
        pytest.param("as [~user] said", "as [name] said", id="jira-mention"),
        pytest.param("found by @octocat today", "found by @[name] today", id="mention"),
        pytest.param("cc @RachCHopkins please", "cc @[name] please", id="capital-mention"),
        pytest.param("/Users/jsmith/app.js", "/Users/[name]/app.js", id="mac-home"),
        pytest.param("at /home/bob/x.py", "at /home/[name]/x.py", id="linux-home"),
        pytest.param(r"C:\Users\Bob\x", r"C:\Users\[name]\x", id="windows-home"),
        pytest.param(
            r"C:\Documents and Settings\Bob\x", r"C:\Documents and Settings\[name]\x", id="xp-home"
        ),
        pytest.param("It fails.\nThanks,\nNicole", "It fails.\nThanks,\n[name]", id="signature"),
        pytest.param("Hi Kostadin,\nit fails", "Hi [name],\nit fails", id="greeting"),
        pytest.param(
            "Issue reported by: Jo Doe\nnext", "Issue reported by: [name]\nnext", id="reporter-line"
        ),
        pytest.param("as suggested by Brian Blue, x", "as suggested by [name], x", id="credit"),
        pytest.param("see Natalie Smith for help", "see [name] for help", id="first-name"),
        pytest.param("password: hunter2", "password: [token]", id="password"),
        pytest.param('{"password":"abc"}', '{"password":[token]}', id="quoted-password"),
        pytest.param("https://bob:pw@host/x", "https://[token]@host/x", id="url-credentials"),
        pytest.param("/x?api_key=abcdef12&a=1", "/x?api_key=[token]&a=1", id="query-token"),
        pytest.param("Bearer abcdef0123456789xyz", "Bearer [token]", id="bearer"),
        pytest.param("eyJhbGciOiJIUzI1.eyJhIjoxfQ.abc_d-e", "[token]", id="jwt"),
        pytest.param("key AKIAABCDEFGHIJKLMNOP end", "key [token] end", id="aws"),
        pytest.param("ghp_" + "a1B2" * 9, "[token]", id="github"),
        pytest.param("0f6050f8-79c9-4ae6-badf-a8f023a22b8a", "[hex]", id="uuid"),
        pytest.param("rev ee9fd5e2df79c6d69af5aa9bc360411 x", "rev [hex] x", id="long-hex"),
        pytest.param("from 202.53.15.170 it", "from [ip] it", id="public-address"),
        pytest.param("call 416-663-1700 now", "call [phone] now", id="phone"),
        pytest.param("card 4111 1111 1111 1111.", "card [number].", id="card"),
    ],
)
def test_personal_data_gets_its_placeholder(text: str, scrubbed: str) -> None:
    assert scrub(text) == scrubbed


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("fixed in 6b80fd9", id="short-git-hash"),
        pytest.param("Titanium SDK 3.2.0.v20131115125646", id="version-with-build"),
        pytest.param("build-tools 29.0.0.2 and 2.0.0.1", id="four-part-version"),
        pytest.param("@Override public void run() {}", id="java-annotation"),
        pytest.param("  @Marker\n  public class X {}", id="own-annotation"),
        pytest.param("dog@2x.png is blurred", id="retina-image"),
        pytest.param("connects to 127.0.0.1 and 192.168.1.20", id="private-address"),
        pytest.param("password is incorrect.", id="password-in-a-sentence"),
        pytest.param("add support for basic authentication", id="basic-in-a-sentence"),
        pytest.param("/Users/Shared/x", id="shared-home"),
        pytest.param("pc=0x7fff1234", id="short-address"),
        pytest.param("build 20211013224755", id="build-number"),
        pytest.param("Thanks in advance", id="thanks-without-a-name"),
        pytest.param("The Jenkins job and the Ruby gem fail", id="words-like-names"),
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert scrub(text) == text


def test_scrubbing_twice_changes_nothing_more() -> None:
    text = "Hi Paul,\nmail a@b.org, token=abcdef123456, /Users/me2/x, [~user], @octocat wrote it"
    once = scrub(text)
    assert once != text
    assert scrub(once) == once
