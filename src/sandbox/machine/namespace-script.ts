// what would undo the mounts, reach the disk beside them, or change the computer for everybody
const drop = `--bounding-set ${["admin", "rawio", "module", "boot", "time"].map((name) => `-sys_${name}`).join(",")},-mknod`;

/**
 * Runs as process 1 of a new pid and mount namespace: `sh -c SCRIPT sh TMP COUNT PATH… COMMAND ARG…`, with
 * /proc/PID/stat of the process outside open as descriptor 9.
 *
 * - TMP becomes /tmp; those PATHs that lie under /tmp stay visible at their place.
 * - Everything else that is mounted becomes read-only, as in a Lambda environment, the kernel's settings too; without
 *   a root directory and code that are read-only nothing starts, because the command may clean its /tmp.
 * - Where `setpriv` is there, root keeps no privilege that could undo this.
 * - The command is a child of the shell, which collects processes whose parents have died; when it ends, the shell
 *   ends, and with process 1 the kernel ends everything in the namespace.
 */
export const namespaceScript = `
set -eu
exec 2>&1
# reading the state of the process outside fails when that has ended
{ read -r _ _ state _ <&9 && [ "$state" != Z ]; } || exit 1
exec 9<&-
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
      mount -o remount,bind,ro "$inside"
      ;;
  esac
done
mount --rbind "$tmp" /tmp
cut -d ' ' -f 5,6 /proc/self/mountinfo | sed 's/\\\\\\([0-7][0-7][0-7]\\)/\\\\0\\1/g' | while read -r point options; do
  case $options in ro | ro,*) continue ;; esac
  point=$(printf '%b.' "$point") point=\${point%.}
  [ -e "$point" ] || continue
  case $point in
    /tmp | /proc | /proc/* | /dev/pts) ;;
    /) mount -o remount,bind,ro "$point" ;;
    *) mount -o remount,bind,ro "$point" 2>/dev/null || : ;;
  esac
done
for settings in /proc/sys /proc/sysrq-trigger; do
  mount -o bind,ro "$settings" "$settings" 2>/dev/null || :
done
cd /tmp
if setpriv ${drop} true 2>/dev/null; then
  setpriv ${drop} "$@" || exit $?
else
  "$@" || exit $?
fi
exit 0
`;
