# SPDX-License-Identifier: MIT
"""The results as one SVG, written by hand: a panel for each comparison, a bar for each side."""

from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, BAR, TITLE, GAP = 860, 250, 150, 26, 30, 22
COLOURS = ("#8a8f98", "#1f6feb", "#7cb0f5", "#b38ae0")
STYLE = (
    "text{font:13px sans-serif;fill:#24292f}.t{font-weight:bold}.g{fill:#b35900}"
    ".r{text-anchor:end}line{stroke:#24292f}.goal{stroke:#d2691e;stroke-dasharray:5 3}"
)


def text(x, y, words, style=""):
    attribute = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{attribute}>{escape(words)}</text>'


def bar(y, title, value, scale, colour, words, spread=None):
    yield text(LEFT - 10, y + 17, title, "r")
    yield (
        f'<rect x="{LEFT}" y="{y + 4}" width="{value * scale:.1f}" height="{BAR - 8}"'
        f' fill="{colour}"/>'
    )
    end = LEFT + value * scale
    if spread:
        low, high = (LEFT + edge * scale for edge in spread)
        yield f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y + BAR / 2}" y2="{y + BAR / 2}"/>'
        end = max(end, high)
    yield text(end + 8, y + 17, words)


def goal_line(y, height, at, scale, words):
    x = LEFT + at * scale
    yield f'<line class="goal" x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{y + height}"/>'
    yield text(x + 4, y + height + 11, words, "g")


def comparison_panel(y, comparison):
    """Medians as bars, the 5th to the 95th percentile as a line."""
    sides = list(comparison["sides"].values())
    floor = sides[0]["median"]
    goal = comparison["goal"]
    largest = max([side["p95"] for side in sides] + [floor * (goal or 1)])
    scale = (WIDTH - LEFT - RIGHT) / largest
    yield text(10, y + 18, comparison["title"], "t")
    y += TITLE
    for number, side in enumerate(sides):
        words = f"{side['median'] / 1000:.1f} µs"
        if number > 0:
            words += f" = {side['ratio']:.2f} ×"
        spread = (side["p5"], side["p95"])
        yield from bar(y + number * BAR, side["title"], side["median"], scale,
                       COLOURS[number % len(COLOURS)], words, spread)
    if goal:
        yield from goal_line(y, BAR * len(sides), floor * goal, scale, f"goal {goal} ×")


def memory_panel(y, memory, goal):
    totals = {name: sum(each["pss"] for each in parts) for name, parts in memory.items()}
    scale = (WIDTH - LEFT - RIGHT) / max([goal, *totals.values()])
    yield text(10, y + 18, "memory of an idle daemon, all its processes (PSS)", "t")
    y += TITLE
    for number, (name, octets) in enumerate(totals.items()):
        yield from bar(y + number * BAR, name, octets, scale,
                       COLOURS[1] if name == "mifd" else COLOURS[0], f"{octets / 2**20:.2f} MiB")
    yield from goal_line(y, BAR * len(totals), goal, scale, f"goal {goal / 2**20:g} MiB")


def svg(found):
    lines, y = [], 10
    for comparison in found["comparisons"].values():
        lines += comparison_panel(y, comparison)
        y += TITLE + BAR * len(comparison["sides"]) + GAP
    if "memory" in found:
        lines += memory_panel(y, found["memory"], found["memory_goal"])
        y += TITLE + BAR * len(found["memory"]) + GAP
    words = (
        f"{found['name']}: {found['date'][:10]}, {found['commit'][:12]}, kernel"
        f" {found['machine']['kernel']}, {found['machine']['cpu']}; bars: medians, lines: 5 % to 95 %"
    )
    lines.append(text(10, y + 14, words))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 24}"'
        f' width="{WIDTH}" height="{y + 24}">\n<style>{STYLE}</style>\n'
        f'<rect width="{WIDTH}" height="{y + 24}" fill="#fff"/>\n'
    )
    return head + "\n".join(lines) + "\n</svg>\n"


def eyeballs(found):
    """A panel for each case and round trip: a bar for each side, the floor and the goal as lines."""
    lines, y = [], 10
    for comparison in found["comparisons"]:
        sides = [side for side in comparison["sides"].values() if side["median"]]
        largest = max([side["median"] for side in sides] + [comparison["goal"]])
        scale = (WIDTH - LEFT - RIGHT) / largest
        lines.append(text(10, y + 18, comparison["title"], "t"))
        y += TITLE
        for number, side in enumerate(sides):
            lines += bar(y + number * BAR, side["title"], side["median"], scale, COLOURS[(number + 1) % len(COLOURS)],
                         f"{side['median']:.1f} ms")
        height = BAR * len(sides)
        lines += goal_line(y, height, comparison["floor"], scale, "")
        lines += goal_line(y, height, comparison["goal"], scale, f"floor {comparison['floor']} ms, goal")
        y += height + GAP
    words = f"{found['name']}: {found['date'][:10]}, {found['commit'][:12]}, kernel {found['machine']['kernel']}; medians"
    lines.append(text(10, y + 10, words))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 24}"><style>{STYLE}</style>'
            '<rect width="100%" height="100%" fill="#fff"/>' + "\n".join(lines) + "</svg>\n")


def departures(found):
    """A panel for each way: what arrives over time, in the round whose longest gap is the median; the changes as
    lines."""
    lines, y, height = [], 10, 110
    longest = max(len(each["buckets"]) for rounds in found["rounds"].values() for each in rounds)
    scale = (WIDTH - 90) / longest
    for way, rounds in found["rounds"].items():
        one = sorted(rounds, key=lambda each: each["gap"])[len(rounds) // 2]
        # Fifty milliseconds at a time, in Mbit/s.
        rates = [sum(one["buckets"][at:at + 5]) * 8 / 50e3 for at in range(0, len(one["buckets"]), 5)]
        lines.append(text(10, y + 18, f"{found['titles'][way]}: at most {one['gap']:.0f} ms without an octet", "t"))
        y += TITLE
        top = 450
        points = " ".join(f"{60 + 5 * at * scale:.1f},{y + height - min(rate, top) / top * height:.1f}"
                          for at, rate in enumerate(rates))
        for mark, what, link in one["marks"]:
            x = 60 + mark * 100 * scale
            lines.append(f'<line class="goal" x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{y + height}"/>')
            lines.append(text(x + 3, y + 11, f"{link} {what}", "g"))
        lines.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[1]}" stroke-width="1.5"/>')
        lines.append(f'<line x1="60" x2="{WIDTH - 30}" y1="{y + height}" y2="{y + height}"/>')
        for rate in (200, 400):
            lines.append(text(52, y + height + 4 - rate / top * height, f"{rate}", "r"))
        for second in range(0, longest // 100 + 1, 2):
            lines.append(text(60 + second * 100 * scale, y + height + 15, f"{second} s"))
        y += height + GAP + 14
    words = f"{found['name']}: {found['date'][:10]}, {found['commit'][:12]}, kernel {found['machine']['kernel']}; Mbit/s"
    lines.append(text(10, y + 4, words))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 16}"><style>{STYLE}</style>'
            '<rect width="100%" height="100%" fill="#fff"/>' + "\n".join(lines) + "</svg>\n")


LINE_HEIGHT = 150


def line_panel(y, title, points, unit):
    """One value over time, from nothing at the bottom."""
    width = WIDTH - LEFT - RIGHT
    longest = max(point[0] for point in points) or 1
    most = max(point[1] for point in points) or 1
    yield text(10, y + 18, title, "t")
    y += TITLE
    yield f'<line x1="{LEFT}" x2="{LEFT + width}" y1="{y + LINE_HEIGHT}" y2="{y + LINE_HEIGHT}"/>'
    yield f'<line x1="{LEFT}" x2="{LEFT}" y1="{y}" y2="{y + LINE_HEIGHT}"/>'
    places = " ".join(f"{LEFT + x / longest * width:.1f},{y + LINE_HEIGHT - value / most * LINE_HEIGHT:.1f}"
                      for x, value in points)
    yield f'<polyline points="{places}" fill="none" stroke="{COLOURS[1]}" stroke-width="2"/>'
    yield text(LEFT - 8, y + 12, f"{most:.4g} {unit}", "r")
    yield text(LEFT - 8, y + LINE_HEIGHT, "0", "r")
    yield text(LEFT + width, y + LINE_HEIGHT + 15, f"{longest / 60:.0f} min", "r")


def dials(found):
    """What mifd takes, and what dials take, over the minutes."""
    samples = found["samples"]
    panels = (
        ("memory of mifd, both processes (PSS)", [(each["second"], each["pss"] / 2**20) for each in samples], "MiB"),
        ("descriptors of mifd", [(each["second"], each["descriptors"]) for each in samples], ""),
        ("time to connected, median of a second",
         [(line[0], line[5] / 1000) for line in found["lines"] if line[5] > 0], "ms"),
    )
    lines, y = [], 10
    for panel in panels:
        lines += line_panel(y, *panel)
        y += TITLE + LINE_HEIGHT + GAP + 10
    words = (f"{found['name']}: {found['rate']} dials a second, round trip {found['trip_ms']} ms; {found['date'][:10]},"
             f" {found['commit'][:12]}, kernel {found['machine']['kernel']}")
    lines.append(text(10, y + 10, words))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 24}"><style>{STYLE}</style>'
            '<rect width="100%" height="100%" fill="#fff"/>' + "\n".join(lines) + "</svg>\n")
