#!/bin/bash
# Builds images that stand in for those of docker-compose.yml, under their names and tags, from package registries: for
# a machine with a docker daemon that reaches no image registry. Never needed elsewhere. Needs root, debootstrap, Go,
# npm, and what `midstate dev` installs into its cache (run that once). Grafana is in no package registry: without its
# image, start the stack without it, as infra/docker/test-stack does. Usage: infra/standins/build-base-images.sh [image …]
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
cache=${MIDSTATE_CACHE_DIR:-$HOME/.cache/midstate}
parts=$cache/standins
here=$root/infra/standins
export DOCKER_BUILDKIT=0

# The versions that make the contents; each is the one that the tag names.
readonly TEMPORAL_SERVER=v1.29.1 TEMPORAL_UI=v2.42.1

main() {
  mkdir -p "$parts/bin"
  for image in "${@:-debian node postgres temporal-server temporal-admin-tools temporal-ui versitygw elasticmq prometheus}"; do
    for name in $image; do
      say "$name"
      "image_${name//-/_}"
    done
  done
}

image_debian() {
  docker image inspect midstate-standins/debian:bookworm > /dev/null 2>&1 && return
  if [ ! -d "$parts/debian" ]; then
    debootstrap --variant=minbase --include=ca-certificates bookworm "$parts/debian.part" > "$parts/debian.log"
    mv "$parts/debian.part" "$parts/debian"
  fi
  tar --directory="$parts/debian" --create . | docker import - midstate-standins/debian:bookworm > /dev/null
}

image_node() {
  local tag version context arch=x64
  [ "$(uname -m)" = x86_64 ] || arch=arm64
  tag=$(sed -n 's/^ARG NODE_IMAGE=//p' "$root/infra/docker/Dockerfile")
  version=${tag#node:}
  context=$parts/node-$version
  if [ ! -d "$context" ]; then
    npm install --silent --prefix "$context.part" --no-save "node-linux-$arch@${version%%-*}" npm@10
    mkdir -p "$context.part/node/lib/node_modules"
    mv "$context.part/node_modules/node-linux-$arch"/* "$context.part/node/"
    mv "$context.part/node_modules/npm" "$context.part/node/lib/node_modules/npm"
    rm -r "$context.part/node_modules"
    mv "$context.part" "$context"
  fi
  cp /etc/ssl/certs/ca-certificates.crt "$context/machine-certificates.crt"
  build node "$context" "$tag"
}

image_postgres() {
  local context=$parts/postgres
  mkdir -p "$context"
  cp "$here/images/postgres-entrypoint" "$context/"
  build postgres "$context" "$(tag_of postgres)"
}

image_temporal_server() {
  temporal_context
  build temporal "$parts/temporal" "$(tag_of temporalio/server)" --target server
}

image_temporal_admin_tools() {
  temporal_context
  build temporal "$parts/temporal" "$(tag_of temporalio/admin-tools)" --target admin-tools
}

image_temporal_ui() {
  temporal_context
  build temporal "$parts/temporal" "$(tag_of temporalio/ui)" --target ui
}

temporal_context() {
  local context=$parts/temporal
  go_program "go.temporal.io/server/cmd/server@$TEMPORAL_SERVER" temporal-server
  go_program "go.temporal.io/server/cmd/tools/sql@$TEMPORAL_SERVER" temporal-sql-tool
  go_program "github.com/temporalio/ui-server/v2/cmd/server@$TEMPORAL_UI" ui-server
  [ -x "$parts/bin/render-template" ] || (cd "$here/render-template" && CGO_ENABLED=0 go build -o "$parts/bin/render-template" .)
  mkdir -p "$context/bin" "$context/ui-config"
  ln -f "$parts/bin"/{temporal-server,temporal-sql-tool,ui-server,render-template} "$context/bin/"
  ln -f "$(echo "$cache"/temporal-cli-*/temporal)" "$context/bin/temporal"
  cp "$here/images/temporal-entrypoint" "$context/"
  install -m 644 "$(module_folder go.temporal.io/server "$TEMPORAL_SERVER")/docker/config_template.yaml" "$context/"
  install -m 644 "$(module_folder github.com/temporalio/ui-server/v2 "$TEMPORAL_UI")/config/docker.yaml" "$context/ui-config/"
}

image_versitygw() {
  local context=$parts/versitygw
  mkdir -p "$context"
  ln -f "$(echo "$cache"/versitygw-*/versitygw)" "$context/versitygw"
  build versitygw "$context" "$(tag_of versity/versitygw)"
}

image_elasticmq() {
  build elasticmq "$(echo "$cache"/elasticmq-*[0-9])" "$(tag_of softwaremill/elasticmq)"
}

image_prometheus() {
  mkdir -p "$parts/prometheus"
  build prometheus "$parts/prometheus" "$(tag_of prom/prometheus)"
}

# The compose file's own tag for an image, so that the two never part.
tag_of() {
  sed -n "s|^ *image: *\($1:[^ ]*\) *$|\1|p" "$root/docker-compose.yml" | head -n 1 | grep .
}

build() {
  local name=$1 context=$2 tag=$3
  shift 3
  docker build --quiet --file "$here/images/$name.Dockerfile" --tag "$tag" "$@" "$context" > /dev/null
  say "$tag"
}

go_program() {
  local package=$1 name=$2 folder
  [ -x "$parts/bin/$name" ] && return
  folder=$(mktemp -d)
  say "building $package"
  GOBIN=$folder go install "$package"
  mv "$folder"/* "$parts/bin/$name"
  rmdir "$folder"
}

module_folder() {
  go mod download -json "$1@$2" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'
}

say() {
  echo "stand-ins: $*" >&2
}

main "$@"
