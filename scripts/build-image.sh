#!/bin/sh
# Builds the image of the Containerfile without a network, from this machine's Node and C library: as root, or in a user
# namespace with `buildah unshare`. Prints the size of the image and of its parts.
#   npm run build && sudo scripts/build-image.sh [NODE]
set -eu
cd "$(dirname "$0")/.."
node=$(readlink -f "${1:-$(command -v node)}")
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT

mkdir -p "$context/node/usr/local/bin" "$context/base/tmp"
chmod 1777 "$context/base/tmp"
install -m 755 "$node" "$context/node/usr/local/bin/node"
# The loader and the libraries that ldd names, at the paths where the loader looks for them.
ldd "$node" | grep -o '/[^ ]*' | while read -r library; do install -D -m 755 "$library" "$context/base$library"; done
for image in node base; do
  printf 'FROM scratch\nCOPY . /\n' > "$context/$image.containerfile"
  buildah build -q --isolation chroot -t "localhost/gsa-$image" -f "$context/$image.containerfile" "$context/$image"
done
buildah build -q --isolation chroot --format docker --pull-never \
  --build-arg NODE=localhost/gsa-node --build-arg BASE=localhost/gsa-base -t localhost/gsa-emulator .
buildah images --format '{{.Name}} {{.Size}}' | grep gsa-
