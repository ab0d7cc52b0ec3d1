"""Test and coverage reports of any size, in the form their tools write."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

_BLOCK = 1 << 20
_SUITE = (
    '<testsuite name="com.example.shop.Suite{n}" tests="{cases}" failures="0" errors="0" skipped="0"'
    ' time="12.5" timestamp="2026-06-30T10:00:00" hostname="ci-7">'
    '<properties><property name="browser" value="chromium"/></properties>\n'
)
_CASE = (
    '<testcase classname="com.example.shop.checkout.Class{group}Test" name="shows_total_{n}_after_change_{of}"'
    ' file="src/test/java/com/example/shop/checkout/Class{group}Test.java" time="{time}"'
)
_FAILURE = (
    '<failure message="expected &lt;200&gt; but was &lt;{code}&gt;" type="AssertionError">'
    "AssertionError: expected 200 but was {code}\n"
    "\tat com.example.shop.Class.check(Class.java:{line})\n"
    "\tat com.example.shop.Class.run(Class.java:{line}1)</failure>"
)


def junit_files(folder: Path, files: int, *, cases: int, seed: int = 7) -> int:
    """Many files of one suite each; returns the number of cases."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    for number in range(files):
        suite = _SUITE.format(n=number, cases=cases) + "".join(_cases(rng, number, cases))
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n{suite}</testsuite>\n</testsuites>\n'
        (folder / f"TEST-{number:05}.xml").write_text(text)
    return files * cases


def junit_file(place: Path, size: int, *, seed: int = 7) -> int:
    """One file, half of it one endless suite, the rest suites of 500 cases; returns the number of cases."""
    rng, total = random.Random(seed), 0
    with place.open("w") as out:
        written = out.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n')
        written += out.write(_SUITE.format(n=0, cases=""))
        suite = 0
        while written < size:
            if written > size / 2:
                suite += 1
                out.write("</testsuite>\n" + _SUITE.format(n=suite, cases=""))
            written += out.write("".join(_cases(rng, total, 500)))
            total += 500
        out.write("</testsuite>\n</testsuites>\n")
    return total


def _cases(rng: random.Random, suite: int, cases: int) -> Iterator[str]:
    for n in range(cases):
        draw = rng.random()
        yield _CASE.format(group=n // 10, n=n, of=suite, time=f"{draw * 3:.3f}")
        if draw < 0.02:
            yield ">" + _FAILURE.format(code=int(draw * 25_000), line=n) + "</testcase>\n"
        elif draw < 0.04:
            yield '><skipped message="not on this platform"/></testcase>\n'
        else:
            yield "/>\n"


def cobertura_file(place: Path, size: int, *, seed: int = 7) -> int:
    """One Cobertura report; returns the number of classes."""
    head = '<?xml version="1.0" ?>\n<coverage line-rate="0.8" version="7.6" timestamp="1782813600000">\n'
    head += "<sources><source>/src</source></sources><packages><package name='shop' line-rate='0.8'><classes>\n"
    return _filled(
        place,
        size,
        (head, "</classes></package></packages></coverage>\n"),
        one=_cobertura_class(seed),
    )


def _cobertura_class(seed: int) -> Callable[[int], str]:
    rng = random.Random(seed)

    def one(number: int) -> str:
        lines = []
        for line in range(1, 201):
            draw = rng.random()
            if draw < 0.1:
                taken = int(draw * 30) % 3
                covered = f'branch="true" condition-coverage="{taken * 50}% ({taken}/2)"'
                lines.append(f'<line number="{line}" hits="{taken}" {covered}/>')
            else:
                lines.append(f'<line number="{line}" hits="{int(draw * 9)}"/>')
        return (
            f'<class name="C{number}" filename="shop/area{number % 90}/module_{number}.py" line-rate="0.9">'
            f"<methods/><lines>\n{chr(10).join(lines)}\n</lines></class>\n"
        )

    return one


def lcov_file(place: Path, size: int, *, seed: int = 7) -> int:
    """One lcov tracefile; returns the number of files."""
    rng = random.Random(seed)

    def one(number: int) -> str:
        lines = [f"TN:\nSF:/builds/shop/src/area{number % 90}/module_{number}.c"]
        for function in range(10):
            name = f"_Z{number}area{function}"
            lines.append(f"FN:{function * 20 + 1},{name}\nFNDA:{rng.randrange(9)},{name}")
        for line in range(1, 201):
            draw = rng.random()
            lines.append(f"DA:{line},{int(draw * 9)}")
            if draw < 0.1:
                lines.append(f"BRDA:{line},0,0,{int(draw * 30)}\nBRDA:{line},0,1,-")
        return "\n".join((*lines, "LF:200", "end_of_record\n"))

    return _filled(place, size, ("", ""), one=one)


def clover_file(place: Path, size: int, *, seed: int = 7) -> int:
    """One Clover report as Istanbul writes it; returns the number of files."""
    rng = random.Random(seed)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<coverage generated="1782813600000" clover="3.2.0">\n'
    head += '<project timestamp="1782813600000" name="All files">\n'

    def one(number: int) -> str:
        lines = []
        for line in range(1, 201):
            draw = rng.random()
            kind = "stmt"
            if draw < 0.1:
                kind = f'cond" truecount="{int(draw * 30) % 3}" falsecount="1'
            lines.append(f'<line num="{line}" count="{int(draw * 9)}" type="{kind}"/>')
        place = f"/builds/shop/src/area{number % 90}/module_{number}.ts"
        stated = '<metrics statements="200" methods="10" coveredmethods="9"/>'
        text = "\n".join(lines)
        return f'<file name="module_{number}.ts" path="{place}">\n{stated}\n{text}\n</file>\n'

    return _filled(place, size, (head, "</project></coverage>\n"), one=one)


def jacoco_file(place: Path, size: int, *, seed: int = 7) -> int:
    """One JaCoCo report; returns the number of source files."""
    head = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd"><report name="shop">'
        '<sessioninfo id="ci-7" start="1782813000000" dump="1782813600000"/>\n'
    )
    return _filled(place, size, (head, "</report>\n"), one=_jacoco_package(seed))


def _jacoco_package(seed: int) -> Callable[[int], str]:
    rng = random.Random(seed)

    def one(number: int) -> str:
        hit = rng.randrange(20, 150)
        kinds = (
            ("INSTRUCTION", 900),
            ("BRANCH", 60),
            ("LINE", 150),
            ("COMPLEXITY", 40),
            ("METHOD", 10),
        )
        counters = "".join(
            f'<counter type="{kind}" missed="{of - of * hit // 150}" covered="{of * hit // 150}"/>'
            for kind, of in (*kinds, ("CLASS", 1))
        )
        methods = "".join(
            f'<method name="m{n}" desc="(Ljava/lang/String;I)V" line="{n * 15}">{counters}</method>'
            for n in range(10)
        )
        lines = "".join(
            f'<line nr="{n}" mi="{3 * (n > hit)}" ci="{3 * (n <= hit)}" mb="0" cb="{n % 2}"/>'
            for n in range(1, 151)
        )
        return (
            f'<package name="com/example/p{number}">'
            f'<class name="com/example/p{number}/C" sourcefilename="C.java">{methods}{counters}</class>'
            f'<sourcefile name="C.java">{lines}{counters}</sourcefile>{counters}</package>\n'
        )

    return one


def istanbul_file(place: Path, size: int, *, seed: int = 7) -> int:
    """One coverage-final.json; returns the number of files."""
    rng = random.Random(seed)

    def one(number: int) -> str:
        def spot(line: int) -> dict[str, dict[str, int]]:
            return {"start": {"line": line, "column": 4}, "end": {"line": line, "column": 60}}

        path = f"/builds/shop/src/area{number % 90}/module_{number}.ts"
        text = json.dumps(
            {
                "path": path,
                "statementMap": {str(n): spot(n) for n in range(150)},
                "fnMap": {
                    str(n): {"name": f"f{n}", "decl": spot(n), "loc": spot(n), "line": n}
                    for n in range(10)
                },
                "branchMap": {
                    str(n): {"loc": spot(n), "type": "if", "locations": [spot(n)] * 2}
                    for n in range(20)
                },
                "s": {str(n): rng.randrange(9) for n in range(150)},
                "f": {str(n): rng.randrange(9) for n in range(10)},
                "b": {str(n): [rng.randrange(3), rng.randrange(3)] for n in range(20)},
            },
            separators=(",", ":"),
        )
        return f"{',' if number else ''}{json.dumps(path)}:{text}\n"

    return _filled(place, size, ("{", "}"), one=one)


def _filled(place: Path, size: int, ends: tuple[str, str], *, one: Callable[[int], str]) -> int:
    """Write `one(0)`, `one(1)` ... between both ends until the file has that size."""
    number = 0
    with place.open("w", buffering=_BLOCK) as out:
        written = out.write(ends[0])
        while written < size:
            written += out.write(one(number))
            number += 1
        out.write(ends[1])
    return number
