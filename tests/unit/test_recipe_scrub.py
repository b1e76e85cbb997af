import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from training.recipe.scrub import scrub

DATA = Path(__file__).parents[2] / "data"


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
        pytest.param('x "Eric Merriman" y', 'x "[name]" y', id="name-in-quotes"),
        pytest.param("x='Eric Merriman'", "x='[name]'", id="name-in-single-quotes"),
        pytest.param("from=Eric Merriman;", "from=[name];", id="name-after-equals"),
        pytest.param("Sink (Eric Winnerey/Team)", "Sink ([name]/Team)", id="name-before-slash"),
        pytest.param("by Eric McDonald.", "by [name].", id="surname-of-two-capitals"),
        pytest.param("<b>Ewan Harris</b>", "<b>[name]</b>", id="name-in-a-tag"),
        pytest.param("// see @Sharif AbuDarda, x", "// see @[name], x", id="mention-of-a-name"),
        pytest.param("fixed @ jeff or glenn", "fixed @ [name] or [name]", id="mention-with-a-gap"),
        pytest.param("<p>@Don regarding your x", "<p>@[name] regarding your x", id="addressed"),
        pytest.param("@Xiadu Ng, please see", "@[name] Ng, please see", id="addressed-in-full"),
        pytest.param("added per @Foo Bard idea", "added per @[name] idea", id="credited-mention"),
        pytest.param(
            "iPhone Developer: Jo Doe (9JUJ8DJW9G)",
            "iPhone Developer: [name] ([token])",
            id="signing-identity",
        ),
        pytest.param(
            '-V "QE Department (C64864TF2L)"', '-V "[name] ([token])"', id="signing-argument"
        ),
        pytest.param("CN=Jo Harris</p>", "CN=[name]</p>", id="certificate-subject"),
        pytest.param("lastName: 'Bumalay',", "lastName: '[name]',", id="surname-field"),
        pytest.param("/ws/ericDevTest x", "/ws/[name]DevTest x", id="name-in-an-identifier"),
        pytest.param("com.eric.pushtest", "com.[name].pushtest", id="name-in-a-bundle-id"),
        pytest.param(r"C:\Users\Bob Lee\x", r"C:\Users\[name]\x", id="home-with-a-space"),
        pytest.param(r"C:\Users\[name] Lee\x", r"C:\Users\[name]\x", id="half-scrubbed-home"),
        pytest.param("jos-mac:module4 jdoe$ ti", "[name]:module4 [name]$ ti", id="mac-prompt"),
        pytest.param("jdoe@laptop:~/x$ ls", "[name]:~/x$ ls", id="linux-prompt"),
        pytest.param("on anns-MacBook-Pro", "on [name]s-MacBook-Pro", id="host-of-a-person"),
        pytest.param(
            "/var/folders/dv/xxm3wh810bl9bfxxspt6bw/T/a",
            "/var/folders/[token]/T/a",
            id="mac-temporary-folder",
        ),
        pytest.param(
            "https://gist.github.com/jd/1 x", "https://gist.github.com/[name]/1 x", id="gist"
        ),
        pytest.param("github.com/ewanharris/x", "github.com/[name]/x", id="repository-of-a-person"),
        pytest.param("https://a.club/web/@jdoe/1", "https://a.club/web/@[name]/1", id="mastodon"),
        pytest.param("http://host/~jdoe/x", "http://host/~[name]/x", id="home-page"),
        pytest.param("1.2 r=ui-reviewers,jdoe", "1.2 r=ui-reviewers,[name]", id="reviewers"),
        pytest.param("by david jonathan ross. x", "by [name]. x", id="lower-case-name"),
        pytest.param("given by pedro & or josh", "given by [name] & or [name]", id="two-names"),
        pytest.param("wayne mery asked me", "[name] asked me", id="lower-case-speaker"),
        pytest.param("* johannes: it works", "* [name]: it works", id="note-of-a-person"),
        pytest.param("As per Shalom, use x", "As per [name], use x", id="adviser"),
        pytest.param(
            "<p>Thanks,<br>\nXiadu</p>", "<p>Thanks,<br>\n[name]</p>", id="html-signature"
        ),
        pytest.param(
            "Thanks for your help!\nVui\n", "Thanks for your help!\n[name]\n", id="signed-thanks"
        ),
        pytest.param("call {{1 888 555 4532}}", "call {{[phone]}}", id="toll-free-phone"),
        pytest.param("['+63 9176490000']", "['[phone]']", id="mobile-phone"),
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
        pytest.param("the @Test Method and @Nullable String x", id="annotation-and-capital"),
        pytest.param("@Input() name: string;\n@Component({})", id="typescript-decorators"),
        pytest.param("@Marker please keep(); // your", id="annotation-in-a-code-line"),
        pytest.param("use @Nullable, please check your types", id="annotation-in-a-sentence"),
        pytest.param("@Anno Object first;\n@NonCritical E1 e1", id="own-annotation-and-type"),
        pytest.param("@property\ndef x(self): ...", id="python-decorator"),
        pytest.param("@media screen { a { } }", id="css-at-rule"),
        pytest.param("import '@angular/core' and @babel/core", id="npm-scope"),
        pytest.param("https://unpkg.com/@angular/core", id="npm-scope-in-a-url"),
        pytest.param('NSString *s = @"Name";', id="objective-c-string"),
        pytest.param("java.util.TimSort.sort(TimSort.java:1)", id="class-name-with-a-name"),
        pytest.param("names = ['Raul', 'Emily'];", id="single-names-in-code"),
        pytest.param("firstName: 'First', lastName: 'Doe'", id="placeholders-in-name-fields"),
        pytest.param("Galaxy S (GT19020ABC) crashes", id="model-number-in-brackets"),
        pytest.param("CN=Android Debug,O=Android", id="certificate-of-no-person"),
        pytest.param("C:\\Users\\[name]\\x y\\z", id="folder-with-a-space"),
        pytest.param("https://github.com/appcelerator/x", id="repository-of-a-company"),
        pytest.param("if (r=abc) { }", id="assignment-to-r"),
        pytest.param("by default, by simply clicking", id="by-without-a-name"),
        pytest.param("As per Apple, use x", id="company-as-adviser"),
        pytest.param("Thanks in advance.\nSteps\n1. open", id="heading-after-thanks"),
        pytest.param("log 1 234 567 and 12-02 15:11:04.040", id="numbers-of-a-log"),
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert scrub(text) == text


def test_scrubbing_twice_changes_nothing_more() -> None:
    text = "Hi Paul,\nmail a@b.org, token=abcdef123456, /Users/me2/x, [~user], @octocat wrote it"
    once = scrub(text)
    assert once != text
    assert scrub(once) == once


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)


@pytest.mark.parametrize("name", ["train.jsonl", "held_out.jsonl"])
def test_the_shipped_records_are_scrubbed(name: str) -> None:
    records = [json.loads(line) for line in (DATA / name).read_bytes().splitlines()]
    found = [
        record["id"]
        for record in records
        if any(scrub(text) != text for text in texts({**record, "id": None}))
    ]
    assert len(records) > 400
    assert found == []
