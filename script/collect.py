#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts what the test programs said: TAP points, from the logs that `meson test` keeps.

A point counts as passed only when it was executed and said "ok". A program that crashes, runs out
of time, prints no plan or another number of points than planned adds a failed point of its own,
whatever it printed before. The rows of the specification that a point proves stand at the start of
its description: "M4 M6: every interface known is announced".
"""

import argparse
import json
import os
import re
import sys

# The rows that are built so far; others are counted when they appear.
ROWS = [f"M{n}" for n in range(1, 31)] + ["M36"]
ROWS += [f"A{n}" for n in range(1, 19) if n not in (3, 11)]

POINT = re.compile(r"(not )?ok\b(?:\s+(\d+))?(?:\s+-)?\s*(.*)")
DIRECTIVE = re.compile(r"(.*?)\s*#\s*SKIP\b\S*\s*(.*)", re.IGNORECASE)
PLAN = re.compile(r"1\.\.(\d+)(?:\s*#\s*SKIP\b\S*\s*(.*))?", re.IGNORECASE)
NAMED = re.compile(r"((?:[MA]\d+[ ,]+)*[MA]\d+):")


def rows_of(description):
    """The rows named at the start of a description."""
    match = NAMED.match(description)
    return re.findall(r"[MA]\d+", match[1]) if match else []


# How the description begins of a failed point that stands for a program as a whole.
PROGRAM = "the program: "


def point(description, result, reason=""):
    return {"description": description, "result": result, "reason": reason, "output": []}


def parse_point(match):
    description, failed = match[3], match[1]
    skip = DIRECTIVE.match(description)
    if skip and not failed:
        return point(skip[1], "skipped", skip[2] or "no reason given")
    return point(description, "failed" if failed else "passed")


def parse(text):
    """The points of a program's output, and what is wrong with it as a whole, or None."""
    points, plan, problem = [], None, None
    for line in text.splitlines():
        if match := PLAN.fullmatch(line.rstrip()):
            if plan is not None:
                problem = problem or "two plans"
            plan = int(match[1])
            if plan == 0 and match[2] is not None:
                points.append(point("all of it", "skipped", match[2] or "no reason given"))
                plan = 1
        elif match := POINT.fullmatch(line):
            points.append(parse_point(match))
            if match[2] and int(match[2]) != len(points):
                problem = problem or f"point {len(points)} has the number {match[2]}"
        elif line.startswith("Bail out!"):
            problem = problem or line
        elif points:
            points[-1]["output"].append(line)
    if problem is None and plan is None:
        problem = "no plan"
    if problem is None and plan != len(points):
        problem = f"planned {plan} points, had {len(points)}"
    if problem is None and not points:
        problem = "no points"
    return points, problem


def fault(entry, points, problem):
    """What is wrong with a program beyond its points, or None."""
    status = entry.get("returncode", 0)
    if entry.get("result") in ("TIMEOUT", "INTERRUPT"):
        return {"TIMEOUT": "ran out of time", "INTERRUPT": "was interrupted"}[entry["result"]]
    if status < 0:
        return f"killed by signal {-status}"
    if problem:
        return problem
    if status != 0 and not any(p["result"] == "failed" for p in points):
        return f"exit status {status}"
    return None


def program_points(entry):
    """All points of one entry of a meson log."""
    points, problem = parse(entry.get("stdout", ""))
    problem = fault(entry, points, problem)
    if problem:
        points.append(point(PROGRAM + problem, "failed"))
    failed = [p for p in points if p["result"] == "failed"]
    if failed:
        failed[-1]["output"] += entry.get("stderr", "").splitlines()[-60:]
    return points


def placed(build, suite, test, points):
    return [{"build": build, "suite": suite, "test": test, **p} for p in points]


def load_log(directory, base):
    """The entries of build/NAME/meson-logs/BASE.json, one JSON object a line."""
    try:
        with open(os.path.join(directory, "meson-logs", base + ".json"), encoding="utf-8") as log:
            return [json.loads(line) for line in log if line.strip()]
    except FileNotFoundError:
        return []


def listed_tests(directory, suites):
    """The names of the tests that meson knows in these suites, as its log spells them."""
    path = os.path.join(directory, "meson-info", "intro-tests.json")
    with open(path, encoding="utf-8") as file:
        tests = json.load(file)
    found = []
    for test in tests:
        for suite in test["suite"]:
            if suite.split(":")[-1] in suites:
                found.append((suite.split(":")[-1], test["name"]))
                break
    return found


def split_name(name):
    """"mif:unit / model" -> ("unit", "model"); meson leaves out a suite that says nothing new."""
    suites, _, test = name.rpartition(" / ")
    return suites.split(":")[-1].split("+")[0], test


def collect_run(build, directory, base, suites):
    """Every point of one `meson test`, and a failed one for a listed test that left no trace."""
    listed = listed_tests(directory, suites.split(","))
    suite_of = {test: suite for suite, test in listed}
    points, seen = [], set()
    for entry in load_log(directory, base):
        suite, test = split_name(entry["name"])
        seen.add(test)
        points += placed(build, suite or suite_of.get(test, ""), test, program_points(entry))
    for suite, test in listed:
        if test not in seen:
            points += placed(build, suite, test, [point(PROGRAM + "was not run", "failed")])
    return points


def collect_not_run(build, directory, suite, reason):
    points = []
    for _, test in listed_tests(directory, [suite]):
        points += placed(build, suite, test, [point("all of it", "skipped", reason)])
    return points


def log_lines(text):
    """Of the log of a build, if text names one, what is not mere progress."""
    if not os.path.isfile(text):
        return [text]
    with open(text, encoding="utf-8", errors="replace") as log:
        lines = log.read().splitlines()
    remarks = [line for line in lines if not re.match(r"\[\d+/\d+\] |ninja: Entering", line)]
    return remarks[-100:]


def collect(arguments):
    points = []
    for run in arguments.run:
        points += collect_run(*run)
    for run in arguments.not_run:
        points += collect_not_run(*run)
    for what, log in arguments.failed:
        points += placed("", "", what, [{**point("", "failed"), "output": log_lines(log)}])
    for what, reason in arguments.skipped:
        points += placed("", "", what, [point("", "skipped", reason)])
    return points


def where(p):
    name = "/".join(part for part in (p["build"], p["suite"], p["test"]) if part)
    return f"{name}: {p['description']}" if p["description"] else name


def rows(points):
    """Row -> the points that prove it: passed, in a program that came to a good end, and no failed
    point names the row."""
    proven, broken = {}, set()
    faulty = {
        (p["build"], p["suite"], p["test"])
        for p in points if p["description"].startswith(PROGRAM)
    }
    for p in points:
        for row in rows_of(p["description"]):
            if p["result"] == "failed":
                broken.add(row)
            elif p["result"] == "passed" and (p["build"], p["suite"], p["test"]) not in faulty:
                proven.setdefault(row, []).append(where(p))
    return {row: proven[row] for row in sorted(proven, key=row_order) if row not in broken}


def row_order(row):
    return row[0] != "M", int(row[1:])


def print_skips(points):
    reasons = {}
    for p in points:
        if p["result"] == "skipped":
            reasons.setdefault(p["reason"], []).append(where(p))
    for reason, places in reasons.items():
        print(f"skipped, {reason}:")
        for place in places[:8]:
            print(f"  {place}")
        if len(places) > 8:
            print(f"  and {len(places) - 8} more")


def report(points):
    for p in points:
        if p["result"] == "failed":
            print(f"FAILED {where(p)}")
            for line in p["output"]:
                print(f"    {line}")
    print_skips(points)
    proven = rows(points)
    print(f"rows proven ({len(proven)}): {' '.join(proven)}")
    print(f"rows not proven: {' '.join(row for row in ROWS if row not in proven)}")


def count(points):
    results = [p["result"] for p in points]
    return {result: results.count(result) for result in ("passed", "failed", "skipped")}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", metavar="FILE", help="the same as JSON")
    parser.add_argument(
        "--run", nargs=4, action="append", default=[], metavar=("BUILD", "DIR", "LOG", "SUITES")
    )
    parser.add_argument(
        "--not-run", nargs=4, action="append", default=[],
        metavar=("BUILD", "DIR", "SUITE", "REASON"),
    )
    parser.add_argument("--failed", nargs=2, action="append", default=[], metavar=("WHAT", "LOG"))
    parser.add_argument(
        "--skipped", nargs=2, action="append", default=[], metavar=("WHAT", "REASON")
    )
    arguments = parser.parse_args()

    points = collect(arguments)
    numbers = count(points)
    report(points)
    if arguments.output:
        with open(arguments.output, "w", encoding="utf-8") as file:
            json.dump({**numbers, "rows": rows(points), "points": points}, file, indent=1)
            file.write("\n")
    executed = numbers["passed"] + numbers["failed"]
    if executed == 0:
        print("nothing was executed")
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**numbers))
    return 1 if numbers["failed"] or executed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
