"""What advisories hit, by a slow way of its own through the records; how versions stand to each other a judge says.

findings.py pairs ECOSYSTEM ALL.ZIP                   pairs of versions to ask a judge about
findings.py say ECOSYSTEM ALL.ZIP PAIRS ANSWERS       name, version and the ids of the records that hit it
"""

import json
import sys
import zipfile

EVERY = {"AlmaLinux": 40, "Go": 2, "PyPI": 1}


def packages(ecosystem, path):
    """(ecosystem with release, name) -> [(id, ranges, versions)], of some packages."""
    found = {}
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            record = json.loads(archive.read(name))
            if record.get("withdrawn"):
                continue
            for of in record["affected"]:
                package = of.get("package")
                if package is None or package["ecosystem"].split(":")[0] != ecosystem:
                    continue
                ranges = [r["events"] for r in of.get("ranges", []) if r["type"] in ("ECOSYSTEM", "SEMVER")]
                key = package["ecosystem"], package["name"]
                found.setdefault(key, []).append((record["id"], ranges, of.get("versions", [])))
    keys = sorted(found)[:: EVERY[ecosystem]]
    # Modules of AlmaLinux are streams that a version alone does not tell.
    plain = lambda said: not any(".module" in at for _, ranges, _ in said for r in ranges for e in r for at in e.values())
    return {key: found[key] for key in keys if plain(found[key])}


def named(said):
    """The versions that records of a package name, beside the beginning of all."""
    return sorted({at for _, ranges, _ in said for events in ranges for e in events for at in e.values()} - {"0"})


def asked(said):
    """Three of them: one in each third."""
    all_ = named(said)
    return sorted({all_[len(all_) * third // 6] for third in (1, 3, 5)}) if all_ else []


def pairs(found):
    out = set()
    for said in found.values():
        for version in asked(said):
            out.update((version, at) for at in named(said) + [v for _, _, vs in said for v in vs])
    return sorted(out)


def is_hit(version, ranges, versions, order):
    if version in versions or any(order.get((version, other)) == "=" for other in versions):
        return True
    for events in ranges:
        inside = False
        # Events stand in the order of versions here; whoever does not is told by the judge's answers.
        for event in events:
            ((what, at),) = event.items()
            stands = ">" if at == "0" and what == "introduced" else order[version, at]
            if what == "introduced" and stands in ">=":
                inside = True
            elif what == "fixed" and stands in ">=" or what == "last_affected" and stands == ">":
                inside = False
        if inside:
            return True
    return False


mode, ecosystem, path = sys.argv[1:4]
found = packages(ecosystem, path)
if mode == "pairs":
    for a, b in pairs(found):
        print(a, b, sep="\t")
else:
    with open(sys.argv[4]) as asked_about, open(sys.argv[5]) as answers:
        judge, letters = answers.read().split("\n")[:2]
        order = dict(zip((tuple(line.rstrip("\n").split("\t")) for line in asked_about), letters))
    print(judge)
    for (release, name), said in found.items():
        for version in asked(said):
            if any(order[version, at] == "!" for at in named(said)):
                continue  # which of them is none, the judge does not say
            hits = sorted({id_ for id_, ranges, versions in said if is_hit(version, ranges, versions, order)})
            print(release, name, version, " ".join(hits), sep="\t")
