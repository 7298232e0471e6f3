#!/usr/bin/env bash
# Checks the greeting of one name.
set -euo pipefail
name=${1:?a name is needed}
said=$(bash src/greet.sh "$name")
echo "said: $said"
test "$said" = "Hello, $name!"
