#!/usr/bin/env bash
# Publishes the scanned archives, signs them by digest and attests their bills of materials.
# usage: sign-images.sh REGISTRY VERSION KEY
set -euo pipefail

registry=${1:?usage: sign-images.sh REGISTRY VERSION KEY}
version=${2:?usage: sign-images.sh REGISTRY VERSION KEY}
key=${3:?usage: sign-images.sh REGISTRY VERSION KEY}

: >images/digests
for image in web worker db; do
    skopeo copy --quiet --digestfile "images/$image.digest" \
        "oci-archive:images/$image.tar" "docker://$registry/$image:$version"
    reference=$registry/$image@$(<"images/$image.digest")
    cosign sign --yes --key "$key" "$reference"
    cosign attest --yes --key "$key" --type cyclonedx --predicate "images/$image.cdx.json" "$reference"
    printf '%s\n' "$reference" >>images/digests
done
