#!/usr/bin/env bash
# Deploys what was built, scanned and signed: images by digest, signatures checked first.
# usage: deploy.sh dev|prod IMAGE@sha256:DIGEST…
set -euo pipefail

if [[ $# -lt 2 || ! $1 =~ ^(dev|prod)$ ]]; then
    printf 'usage: %s dev|prod IMAGE@sha256:DIGEST...\n' "${0##*/}" >&2
    exit 2
fi
overlay=$1
shift
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

for image in "$@"; do
    if [[ ! $image =~ ^[a-z0-9./-]+@sha256:[0-9a-f]{64}$ ]]; then
        printf 'not an image by digest: %s\n' "$image" >&2
        exit 2
    fi
    cosign verify --key "${COSIGN_PUBLIC_KEY:?}" "$image" >/dev/null
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -a "$root/deploy" "$work/"
for image in "$@"; do
    (cd "$work/deploy/overlays/$overlay" && kustomize edit set image "${image%@*}=$image")
done

kubectl kustomize "$work/deploy/overlays/$overlay" >"$work/manifests.yaml"
kubectl diff --filename "$work/manifests.yaml" || [[ $? -eq 1 ]]
kubectl apply --filename "$work/manifests.yaml"
for workload in deployment/web deployment/worker statefulset/db; do
    kubectl --namespace shop rollout status "$workload" --timeout=180s
done
