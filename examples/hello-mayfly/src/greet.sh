#!/usr/bin/env bash
# Greets whoever is named.
set -euo pipefail
printf 'Hello, %s!\n' "${1:?a name is needed}"
