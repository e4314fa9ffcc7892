#!/usr/bin/env python3
"""Asks a running API server which pods it admits, without making any of them.

ask.py SERVER TOKEN KIND FILE…: each file is a pod, or several as documents of YAML. KIND is `fixtures`, whose paths say
the level and version, or `pods`, which are asked about at both levels. Prints one line an answer: the file or number,
level, version, and `admitted`, `refused` or `invalid` (refused before admission, by validation).
"""
import concurrent.futures
import json
import re
import sys
import urllib.error
import ssl
import urllib.request

# A server of its own for this question, on loopback, with a certificate that it made itself.
INSECURE = ssl._create_unverified_context()
SERVER, TOKEN, KIND, *FILES = sys.argv[1:]


def post(path, body, kind):
    request = urllib.request.Request(SERVER + path, body.encode(), {
        "Authorization": f"Bearer {TOKEN}", "Content-Type": kind, "Accept": "application/json"})
    try:
        with urllib.request.urlopen(request, context=INSECURE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def namespace(level, version):
    name = f"{level}-{version.replace('.', '-')}"
    labels = {"pod-security.kubernetes.io/enforce": level, "pod-security.kubernetes.io/enforce-version": version}
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    code, answer = post("/api/v1/namespaces", json.dumps(body), "application/json")
    assert code in (201, 409), answer
    return name


def ask(question):
    key, level, version, text = question
    # Names of pods have no underscores.
    text = re.sub(r"^  name: (.*)$", lambda m: "  name: " + m[1].replace("_", "-"), text, count=1, flags=re.M)
    path = f"/api/v1/namespaces/{NAMESPACES[level, version]}/pods?dryRun=All"
    code, answer = post(path, text, "application/yaml")
    message = answer.get("message", "")
    if code == 201:
        said = "admitted"
    elif code == 403 and "violates PodSecurity" in message:
        said = "refused"
    elif code in (400, 422):
        said = "invalid"
    else:
        raise SystemExit(f"{key}: {code} {message}")
    return f"{key} {level} {version} {said}"


def questions():
    for file in FILES:
        with open(file, encoding="utf-8") as opened:
            text = opened.read()
        if KIND == "fixtures":
            level, version = re.search(r"testdata/(\w+)/(v1\.\d+)/", file).groups()
            yield file[file.index("testdata/"):], level, version, text
        else:
            for number, document in enumerate(text.split("---\n")[1:]):
                for level in ("baseline", "restricted"):
                    for version in ("v1.0", "v1.24", "v1.34", "v1.36"):
                        yield str(number), level, version, document


ALL = list(questions())
NAMESPACES = {(level, version): namespace(level, version) for level, version in {q[1:3] for q in ALL}}
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    for line in pool.map(ask, ALL):
        print(line)
