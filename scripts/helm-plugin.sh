#!/bin/sh
# `helm migrate-lint` out of a clone of this repository: runs its dist/ with Node.
cli="$HELM_PLUGIN_DIR/dist/cli.js"
docs=https://github.com/migrate-lint/migrate-lint/blob/main/docs/install.md
if ! [ -f "$cli" ]; then
  echo "migrate-lint: this commit has no dist: install the tag of a release (helm plugin install … --version), or run npm install in $HELM_PLUGIN_DIR" >&2
  exit 2
fi
if ! command -v node > /dev/null; then
  echo "migrate-lint: this form of the plugin needs Node 20.19 or newer; the archives of a release need none: $docs" >&2
  exit 2
fi
exec node "$cli" "$@"
