/**
 * `sh -c SCRIPT sh PLACE HOSTNAME COMMAND ARG…`, run inside a machine by namespaces; PLACE is a folder below /tmp.
 *
 * A machine sees this computer's devices and sockets, and as root has privileges over its network: user data must have
 * none of these. So the command runs in a user namespace of its own (the same numbers mean the same users, but every
 * privilege is one over the namespace only) with
 * - a /dev of harmless devices, an empty /run, and nothing in place of sockets elsewhere: neither a disk nor the
 *   daemons that act for root (systemd, D-Bus, Docker) can be reached;
 * - the kernel's remaining settings read-only, a hostname and System V IPC of its own;
 * - no privilege to undo that. A further user namespace cannot either: in it these mounts are locked (mount_namespaces(7)).
 *
 * What stays shared is the network: 127.0.0.1 and sockets with abstract names.
 */
export const enclosureScript = `
set -eu
place=$1
shift
same_numbers() { while read -r inside _ count; do printf '%s %s %s\\n' "$inside" "$inside" "$count"; done <"/proc/self/$1"; }
mkfifo -m 600 "$place/up" "$place/down"
exec 5<>"$place/up"
{
  code=0
  unshare --user --mount --ipc --uts sh -c 'echo "$$" >"$0/up"; read -r _ <"$0/down"; exec "$@"' "$place" \\
    sh -c "$ENCLOSED" sh "$place" "$@" 5<&- || code=$?
  echo failed >&5
  exit "$code"
} &
read -r pid <&5
[ "$pid" != failed ] || exit 1
users=$(same_numbers uid_map) groups=$(same_numbers gid_map)
printf '%s\\n' "$users" >"/proc/$pid/uid_map"
printf '%s\\n' "$groups" >"/proc/$pid/gid_map"
echo go >"$place/down"
exec 5<&-
code=0
wait "$!" || code=$?
exit "$code"
`;

/** Goes into the environment of `enclosureScript` as ENCLOSED: what is done inside of the new namespaces. */
export const enclosedScript = `
set -eu
place=$1 name=$2
shift 2
unset ENCLOSED
rm -f "$place/up" "$place/down"
hostname "$name" 2>/dev/null || :
dev=$place/dev
mkdir "$dev"
mount -n -t tmpfs -o mode=755,nosuid sandbox "$dev"
for device in null zero full random urandom tty; do
  [ -c "/dev/$device" ] || continue
  : >"$dev/$device"
  mount -n --bind "/dev/$device" "$dev/$device"
done
mkdir "$dev/pts" "$dev/shm"
mount -n -t tmpfs -o mode=1777,nosuid,nodev sandbox "$dev/shm"
mount -n -t devpts -o newinstance,ptmxmode=0666,mode=620 sandbox "$dev/pts" && ln -s pts/ptmx "$dev/ptmx"
ln -s /proc/self/fd "$dev/fd"
for number in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/\${number%:*}" "$dev/\${number#*:}"; done
mount -n --move "$dev" /dev
rmdir "$dev"
for folder in /run /var/run; do
  [ ! -d "$folder" ] || [ -L "$folder" ] || mount -n -t tmpfs -o mode=755,nosuid,nodev sandbox "$folder"
done
# the eighth column is the path that a socket was bound to
sed -n '1d; s|^\\([^ ]* *\\)\\{7\\}\\(/.*\\)|\\2|p' /proc/net/unix | sort -u | while IFS= read -r socket; do
  [ ! -S "$socket" ] || mount -n --bind /dev/null "$socket"
done
for settings in acpi bus driver fs irq mtrr scsi; do
  [ -e "/proc/$settings" ] || continue
  mount -n --bind "/proc/$settings" "/proc/$settings"
  # what /proc was mounted with may not be taken away here
  mount -n -o remount,bind,ro,nosuid,nodev,noexec "/proc/$settings"
done
cd /tmp
exec setpriv --bounding-set -sys_admin,-mknod "$@"
`;
