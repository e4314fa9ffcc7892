#!/usr/bin/env bash
# Rolls out what was built, scanned and signed: images by digest, each signature checked first. It changes images and
# nothing else, for the pipeline's role may do no more; manifests are applied by the platform team.
# usage: deploy.sh REGISTRY/SERVICE@sha256:DIGEST...
set -euo pipefail

if [[ $# -eq 0 ]]; then
    printf 'usage: %s REGISTRY/SERVICE@sha256:DIGEST...\n' "${0##*/}" >&2
    exit 2
fi

for image in "$@"; do
    if [[ ! $image =~ ^[a-z0-9.-]+(/[a-z0-9-]+)*/(web|worker|db)@sha256:[0-9a-f]{64}$ ]]; then
        printf 'not an image of the shop by digest: %s\n' "$image" >&2
        exit 2
    fi
    cosign verify --key "${COSIGN_PUBLIC_KEY:?}" "$image" >/dev/null
done

for image in "$@"; do
    name=${image%@*}
    name=${name##*/}
    case $name in
        db) workload=statefulset/db ;;
        *) workload=deployment/$name ;;
    esac
    kubectl --namespace shop set image "$workload" "$name=$image"
    kubectl --namespace shop rollout status "$workload" --timeout=180s
done
