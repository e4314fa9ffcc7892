"""PyPI's packaging (PEP 440), semver (Semantic Versioning) and univers (NuGet)."""

import importlib.metadata
import sys

scheme, ranges = sys.argv[1].removesuffix("-real").removesuffix("-ranges"), sys.argv[1].endswith("-ranges")
sys.set_int_max_str_digits(0)

if scheme == "pep440":
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    name, wrong = "packaging", (InvalidSpecifier, InvalidVersion)
elif scheme == "semver":
    from semver import Version as Semver

    name, wrong = "semver", (ValueError, TypeError)

    def Version(text):
        return Semver.parse(text)

elif scheme == "nuget":
    from univers.nuget import InvalidNuGetVersion
    from univers.versions import InvalidVersion, NugetVersion

    name, wrong = "univers", (InvalidVersion, InvalidNuGetVersion, ValueError, TypeError)

    def Version(text):
        return NugetVersion(text)


def compare(a, b):
    a, b = Version(a), Version(b)
    return "<" if a < b else ">" if a > b else "="


def matches(range, version):
    # What is no version matches nothing, says packaging; it is to be told apart here.
    specifiers = SpecifierSet(range)
    if any(one.operator != "===" for one in specifiers) or not len(specifiers):
        Version(version)
    return "y" if specifiers.contains(version, prereleases=True) else "n"


print(name, importlib.metadata.version(name), flush=True)
answers = []
for line in sys.stdin:
    a, b = line.rstrip("\n").split("\t")
    try:
        answers.append(matches(a, b) if ranges else compare(a, b))
    except wrong:
        answers.append("!")
print("".join(answers))
