#!/usr/bin/env bash
# Builds, pushes and signs the image of a tag.
set -euo pipefail
tag=${1:?which tag}
[[ $tag =~ ^v[0-9]+\.[0-9]+\.[0-9]+$ ]]
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
docker build --iidfile "$work/id" --tag "ghcr.io/queue-example/api:$tag" api
docker push "ghcr.io/queue-example/api:$tag"
digest=$(docker inspect --format '{{index .RepoDigests 0}}' "$(cat "$work/id")")
cosign sign --yes "$digest"
