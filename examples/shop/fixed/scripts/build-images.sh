#!/usr/bin/env bash
# Builds the three images as OCI archives under images/, without network; nothing is published.
# usage: build-images.sh REGISTRY VERSION
set -euo pipefail

registry=${1:?usage: build-images.sh REGISTRY VERSION}
version=${2:?usage: build-images.sh REGISTRY VERSION}

mkdir -p images
for image in web worker db; do
    buildctl --tlsdir "${BUILDKIT_TLS:?}" build --frontend dockerfile.v0 \
        --local "context=$image" --local "dockerfile=$image" \
        --opt force-network-mode=none --opt "label:org.opencontainers.image.revision=$version" \
        --output "type=oci,name=$registry/$image:$version,dest=images/$image.tar"
done
