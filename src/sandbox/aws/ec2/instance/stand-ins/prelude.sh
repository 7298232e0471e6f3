# shellcheck shell=sh
# shellcheck disable=SC2154 # place, root, host_path and architecture stand before this in each instance
# Read by every stand-in: . "${0%/*}/../prelude.sh"
name=${0##*/}

# A line on the console: what the stand-in stands for.
say() { tell "say $name:" "$*"; }

complain() { printf '%s: %s\n' "$name" "$*" >&2; }

power_off() { tell off "$*"; }

# One line, and short enough to be written at once.
tell() { printf '%s %.600s\n' "$1" "$(printf '%s' "$2" | tr '\n' ' ')" >"$place/power"; }

# The program of the computer that this one stands before, or nothing.
real() { PATH=$host_path command -v "$1"; }

installed() { grep -qxF -e "$1" "$place/packages"; }

docker_installed() { installed docker.io || installed docker-ce; }

# Users and groups that were made here: NAME:ID:HOME and NAME:ID:MEMBERS.
made_user() { [ -n "$1" ] && grep -s -e "^$1:" "$place/users"; }

made_group() {
  [ -n "$1" ] || return 1
  grep -s -e "^$1:" "$place/groups" && return
  [ "$1" = docker ] && docker_installed && echo "docker:999:"
}

next_id() { echo $((1001 + $(cat "$place/users" "$place/groups" 2>/dev/null | wc -l))); }
