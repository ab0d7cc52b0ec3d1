"""The two git repositories, made with `git fast-import` from the plan: same plan, same hashes."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from gapsight.demo.plan import BOT, Commit, Plan
from gapsight.demo.rhythm import LocalDay
from gapsight.demo.suites import Case, cases
from gapsight.demo.world import components, world

_GIT = (
    # A hook that runs the tests sets these for its own repository.
    "env", "-u", "GIT_DIR", "-u", "GIT_WORK_TREE", "-u", "GIT_INDEX_FILE",
    "-u", "GIT_OBJECT_DIRECTORY", "-u", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "-u", "GIT_QUARANTINE_PATH", "git",
    # Nothing of the person's own configuration may change the result.
    "-c", "core.hooksPath=/dev/null", "-c", "core.autocrlf=false",
    "-c", "core.fsmonitor=false", "-c", "gc.auto=0",
)  # fmt: skip
_STEPS = 16


def build(plan: Plan, target: Path) -> dict[int, str]:
    """Make the repository of a plan, checked out; returns the hash of each commit by its mark."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    _git(
        "init",
        "--quiet",
        "--template=",
        "--object-format=sha1",
        "--initial-branch=main",
        str(target),
    )
    marks = target / ".git" / "demo-marks"
    _git(
        "-C", str(target), "fast-import", "--quiet", "--force", f"--export-marks={marks}",
        stdin=b"".join(_stream(plan)),
    )  # fmt: skip
    _git("-C", str(target), "reset", "--quiet", "--hard", "main")
    rows = (line.split() for line in marks.read_text(encoding="ascii").splitlines())
    return {int(mark.removeprefix(":")): sha for mark, sha in rows}


def _git(*arguments: str, stdin: bytes | None = None) -> None:
    try:
        subprocess.run([*_GIT, *arguments], input=stdin, check=True, capture_output=True)
    except subprocess.CalledProcessError as failed:
        said = failed.stderr.decode(errors="replace").strip()
        raise RuntimeError(f"git could not make a demo repository: {said}") from failed


def _stream(plan: Plan) -> Iterator[bytes]:
    tree = {path: _source(path) for path in plan.commits[0].files}
    tips = {"main": 0}
    for commit in plan.commits:
        branch = commit.branch or "main"
        changed = _first_files(plan, tree) if commit.mark == 1 else _changed(plan, tree, commit)
        yield _header(commit, branch)
        # A topic is two commits: the first starts on the main line, the second goes on from it.
        onto = (
            commit.mark - 1
            if commit.branch and f"topic-{commit.mark - 1}" in tips
            else tips["main"]
        )
        yield f"from :{onto}\n".encode() if onto else b""
        yield f"merge :{commit.merges}\n".encode() if commit.merges else b""
        for path, text in changed.items():
            content = text.encode()
            yield b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content)
        tips[branch] = commit.mark
    for branch in sorted(set(tips) - {"main"}):
        yield f"reset refs/heads/{branch}\nfrom {'0' * 40}\n".encode()


def _header(commit: Commit, branch: str) -> bytes:
    offset = LocalDay(commit.day).wall(commit.at.hour * 3600)[1]
    mail = "49699333+dependabot[bot]@users.example.com" if commit.author == BOT else (
        commit.author.lower().replace(" ", ".") + "@example.com"
    )  # fmt: skip
    who = f"{commit.author} <{mail}> {int(commit.at.timestamp())} {offset}"
    subject = commit.subject.encode()
    return (
        f"commit refs/heads/{branch}\nmark :{commit.mark}\nauthor {who}\ncommitter {who}\n".encode()
        + b"data %d\n%s\n" % (len(subject), subject)
    )


def _changed(plan: Plan, tree: dict[str, str], commit: Commit) -> dict[str, str]:
    """Return the new text of a commit's files; a merge brings what its branch changed."""
    if commit.merges:
        first, second = plan.commits[commit.merges - 2], plan.commits[commit.merges - 1]
        return {path: tree[path] for path in dict.fromkeys(first.files + second.files)}
    for path in commit.files:
        tree[path] = _edited(tree.get(path, ""), path, commit.mark)
    return {path: tree[path] for path in commit.files}


def _first_files(plan: Plan, tree: dict[str, str]) -> dict[str, str]:
    """Return what a repository begins with: sources, tests, owners, a lock file."""
    tree["requirements.lock"] = "# locked at 1\n"
    tests: dict[str, list[Case]] = {}
    for case in cases():
        if case.repo == plan.repo:
            folder = "e2e/" if case.suite == "playwright" else ""
            tests.setdefault(folder + case.file, []).append(case)
    written = {path: "".join(_stub(case) for case in found) for path, found in tests.items()}
    return tree | written | {"CODEOWNERS": _owners(plan)}


def _owners(plan: Plan) -> str:
    owner = {flow.name: flow.owner for flow in world().flow}
    mine = (component for component in components() if component.repo == plan.repo)
    rows = (
        f"/{c.glob.removesuffix('**')} @{owner[c.flows[0]]}\n" for c in mine if owner[c.flows[0]]
    )
    return "".join(rows)


def _stub(case: Case) -> str:
    if case.suite == "pytest":
        return f"def {case.name.partition('[')[0]}():\n    assert True\n\n\n"
    if case.suite == "playwright":
        return f"test('{case.name}', async () => {{}});\n"
    return f"// {case.class_name}#{case.name}\n"


def _source(path: str) -> str:
    if path.endswith(".java"):
        steps = "".join(
            f"    static int step{n:02d}(int x) {{\n        return x + 1;\n    }}\n"
            for n in range(_STEPS)
        )
        return f"final class {Path(path).stem} {{\n{steps}}}\n"
    return "".join(f"def step_{number:02d}(x):\n    return x + 1\n\n\n" for number in range(_STEPS))


def _edited(text: str, path: str, mark: int) -> str:
    """One line changed; now and then one added."""
    if path == "requirements.lock":
        return f"# locked at {mark}\n"
    lines = text.splitlines(keepends=True)
    returns = [number for number, line in enumerate(lines) if "return x +" in line]
    spot = returns[mark % len(returns)]
    lines[spot] = (
        lines[spot].partition("+")[0] + f"+ {mark}" + (";\n" if path.endswith(".java") else "\n")
    )
    if mark % 4 == 0:
        lines.append(f"// {mark}\n" if path.endswith(".java") else f"# {mark}\n")
    return "".join(lines)
