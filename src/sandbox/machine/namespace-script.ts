/**
 * Runs as process 1 of a new pid and mount namespace: `sh -c SCRIPT sh TMP COUNT PATH… COMMAND ARG…`.
 *
 * - TMP becomes /tmp; those PATHs that lie under /tmp stay visible at their place.
 * - Everything else that is mounted becomes read-only, as in a Lambda environment. That is likeness, not a prison:
 *   a root user could undo it.
 * - The command is a child of the shell, which collects processes whose parents have died; when it ends, the shell
 *   ends, and with process 1 the kernel ends everything in the namespace.
 */
export const namespaceScript = `
set -eu
exec 2>&1
tmp=$1 count=$2
shift 2
while [ "$count" -gt 0 ]; do
  path=$1 count=$((count - 1))
  shift
  case $path in
    /tmp/*)
      inside=$tmp/\${path#/tmp/}
      if [ -d "$path" ]; then mkdir -p "$inside"; else mkdir -p "\${inside%/*}"; : >"$inside"; fi
      mount --rbind "$path" "$inside"
      ;;
  esac
done
mount --rbind "$tmp" /tmp
cut -d ' ' -f 5 /proc/self/mountinfo | while read -r point; do
  case $point in
    /tmp | /proc | /proc/* | /sys | /sys/* | /dev | /dev/pts | /dev/null) ;;
    *) mount -o remount,bind,ro "$(printf '%b' "$point")" 2>/dev/null || : ;;
  esac
done
cd /tmp
"$@" || exit $?
exit 0
`;
