"""Java, Kotlin and the other languages of the JVM and of Android."""

import dataclasses
import re

from summarizer.stacktraces.model import Language, LineKind, ParsedLine, Role

_LOCATION = r"""
    (?P<file>[\w$-]{1,200}\.(?:java|kt|kts|scala|groovy|clj|cljc|aj|jsp|js|rb))
        (?::(?P<line>\d{1,9}))?(?:\(Compiled\ Code\)|\(Inlined\ Compiled\ Code\))?
  | (?P<unknown>Native\ Method|Unknown\ Source(?::\d{1,9})?|SourceFile(?::\d{1,9})?|<generated>
      |Compiled\ Code|Hidden|Bytecode\ PC:\d+|[^()\s]{0,200}:\d{1,9})
"""
_FRAME = re.compile(
    rf"""at\s+(?P<function>[\w$.<>/@-]{{1,500}}+)\((?:{_LOCATION})\)?
        (?:\s*~?\[(?P<origin>[^\[\]]{{0,200}})\])?""",
    re.VERBOSE,
)
_WITHOUT_AT = re.compile(
    r"(?P<function>(?:[\w$]{1,200}+\.){1,40}[\w$<>]{1,200}+)"
    r"\((?:(?P<file>[\w$-]{1,200}\.(?:java|kt|scala|groovy))(?::(?P<line>\d{1,9}))?"
    r"|Native Method|Unknown Source)\)"
)
_ART = re.compile(
    r"at (?:[\w$.\[\]]{1,300}+ )?(?P<function>[\w$.<>]{1,300}+)\([\w$., \[\]]{0,500}+\)"
    r" \((?P<file>[\w$-]{1,200}\.(?:java|kt)):(?P<line>\d{1,9})\)"
)
_DEBUGGER = re.compile(
    r"(?P<function>[\w$.<>]{1,300}+(?:\([\w$.]{1,300}\)\.[\w$<>]{1,200}+)?)"
    r"\([\w$.,<>\[\] ]{0,500}+\) line: (?P<line>\d{1,9})"
)
_MODULE = re.compile(r"(?:[\w.@-]*+/){1,2}(?=[a-zA-Z_$])")
_OMITTED = re.compile(r"\.{3} \d{1,9} (?:more|common frames omitted)")
_ANDROID = re.compile(r"FATAL EXCEPTION: \S.{0,200}")

_FRAMEWORKS = (
    "java.", "javax.", "jakarta.", "sun.", "com.sun.", "jdk.", "kotlin.", "kotlinx.", "scala.",
    "groovy.", "org.codehaus.groovy.", "clojure.", "android.", "androidx.", "com.android.",
    "dalvik.", "libcore.", "com.google.android.", "com.google.common.", "com.google.firebase.",
    "com.google.gson.", "com.google.inject.", "org.apache.", "org.springframework.",
    "org.hibernate.", "org.jboss.", "org.junit.", "junit.", "org.mockito.", "org.testng.",
    "org.mozilla.javascript.", "org.xml.", "org.w3c.", "org.slf4j.", "ch.qos.logback.",
    "com.fasterxml.", "io.netty.", "io.reactivex.", "okhttp3.", "okio.", "retrofit2.",
    "reactor.", "org.gradle.", "org.aspectj.lang.", "net.sf.cglib.", "com.ibm.", "oracle.",
    "org.eclipse.osgi.", "org.eclipse.equinox.", "org.eclipse.swt.", "org.eclipse.jface.",
    "org.eclipse.core.runtime.", "org.eclipse.core.internal.", "org.eclipse.core.launcher.",
    "org.eclipse.jetty.", "v8.", "art.", "org.postgresql.", "com.zaxxer.", "com.mysql.",
    "org.mariadb.", "org.h2.", "org.hsqldb.", "org.sqlite.", "com.microsoft.", "com.mongodb.",
    "org.mongodb.", "org.bson.", "redis.clients.", "io.lettuce.", "org.redisson.", "org.jooq.",
    "org.flywaydb.", "liquibase.", "org.elasticsearch.", "com.amazonaws.", "software.amazon.",
    "com.google.api.", "com.google.cloud.", "com.google.protobuf.", "com.azure.", "com.netflix.",
    "com.rabbitmq.", "io.grpc.", "io.micrometer.", "io.undertow.", "io.vertx.", "io.quarkus.",
    "io.micronaut.", "io.ktor.", "io.opentelemetry.", "io.sentry.", "io.jsonwebtoken.",
    "io.github.resilience4j.", "org.glassfish.", "org.thymeleaf.", "org.quartz.", "org.json.",
    "org.yaml.snakeyaml.", "org.bouncycastle.", "org.jetbrains.", "org.openqa.selenium.",
    "org.wildfly.", "org.assertj.", "org.hamcrest.", "io.cucumber.", "io.restassured.",
    "net.bytebuddy.", "javassist.", "feign.", "rx.", "dagger.", "akka.", "play.",
    "com.facebook.", "com.squareup.", "com.bumptech.glide.", "com.airbnb.", "io.flutter.",
    "com.unity3d.", "com.github.benmanes.caffeine.", "com.sap.conn.", "com.jayway.jsonpath.",
)  # fmt: skip
_GENERATED = re.compile(
    r"\$\$(?:Lambda|FastClass|Enhancer|SpringCGLIB|_)|\$Proxy\d|\$(?:HibernateProxy|ByteBuddy)\$"
)
_CLASS_FOLDER = re.compile(r"(?:[\w-]*classes|main|test|bin)?!?/:")
_JAR = re.compile(r"[^\s!:]+\.jar\b")
_PLUMBING = (
    "java.", "javax.", "jdk.", "sun.", "com.sun.", "kotlin.", "scala.", "dalvik.", "libcore.",
    "com.android.internal.os.", "android.os.Looper", "android.os.Handler",
)  # fmt: skip


def parse_line(line: str) -> ParsedLine | None:
    """Read one line of a trace, other than the exception's own."""
    frame = _FRAME.fullmatch(line)
    if frame is not None and "." in frame["function"]:
        parsed = _frame(
            line, _without_module(frame["function"]), frame["file"] or "", frame["line"]
        )
        return dataclasses.replace(parsed, origin=frame["origin"] or "")
    frame = _WITHOUT_AT.fullmatch(line) or _ART.fullmatch(line)
    if frame is not None:
        return _frame(line, frame["function"], frame["file"], frame["line"])
    frame = _DEBUGGER.fullmatch(line)
    if frame is not None:
        return _frame(line, frame["function"], "", frame["line"])
    if _OMITTED.fullmatch(line):
        return ParsedLine(LineKind.OMITTED, 0, len(line), Language.JAVA)
    if _ANDROID.fullmatch(line):
        return ParsedLine(LineKind.HEADER, 0, len(line), Language.JAVA, Role.OPENING)
    return None


def _frame(line: str, function: str, file: str, number: str | None) -> ParsedLine:
    return ParsedLine(
        LineKind.FRAME,
        0,
        len(line),
        Language.JAVA,
        function=function,
        file=file,
        line=int(number) if number else None,
    )


def _without_module(function: str) -> str:
    """`java.base@17/java.util.List.of` and `app//a.B.c` without what stands before the class."""
    match = _MODULE.match(function)
    return function[match.end() :] if match else function


def without_library_jars(lines: list[ParsedLine]) -> list[ParsedLine]:
    """Mark the frames of jars as the libraries' where the trace names the application's classes.

    Logback names the jar of each frame, and the folder of classes that are in none. Jars of the
    same organisation as those classes are the application's.
    """
    own = {_organisation(line) for line in lines if _CLASS_FOLDER.match(line.origin)}
    if not own:
        return lines
    return [
        dataclasses.replace(line, role=Role.LIBRARY)
        if _JAR.match(line.origin) and _organisation(line) not in own
        else line
        for line in lines
    ]


def _organisation(line: ParsedLine) -> str:
    """`com.acme` of `com.acme.shop.Cart.total`."""
    return ".".join(line.function.split(".", 2)[:2])


def is_application(function: str, file: str) -> bool:
    """Whether a frame belongs to the application rather than to a library."""
    return not (function.startswith(_FRAMEWORKS) or _GENERATED.search(function))


def is_plumbing(function: str, file: str) -> bool:
    """Whether a frame belongs to the language's own runtime."""
    return function.startswith(_PLUMBING) or _GENERATED.search(function) is not None
