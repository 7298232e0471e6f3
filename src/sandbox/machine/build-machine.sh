# shellcheck shell=bash
# Builds a machine as process 1 of its new namespaces: bash -p -c SCRIPT bash FIRST TMP HOSTNAME PATH COUNT VISIBLE…
# COMMAND ARG…, with every privilege over them and a fresh /proc. In the end it becomes `sh -c FIRST sh PATH COMMAND ARG…`.
#
# - Everything that is mounted becomes read-only, as in a Lambda environment; without a read-only root directory
#   nothing starts, because the command may clean its /tmp.
# - TMP becomes /tmp; those of the paths VISIBLE that lie under /tmp stay visible there, read-only.
# - /dev has harmless devices only, /run is empty, and nothing is left in place of sockets elsewhere: neither a disk nor
#   the daemons that act for root (systemd, D-Bus, Docker) can be reached. The kernel's settings are read-only.
# - The command has no privilege to undo any of that; in a further user namespace these mounts are locked
#   (mount_namespaces(7)).
#
# What stays shared is the network: 127.0.0.1 and sockets with abstract names.
set -euf
first=$1 tmp=$2 hostname=$3 path=$4 count=$5
shift 5
resolv=
# kept where systemd has it in /run
if [ -L /etc/resolv.conf ]; then resolv=$(</etc/resolv.conf) || :; fi

# One more line for mount: SOURCE TARGET TYPE OPTIONS. One call for many costs far less than one for each.
add() {
  local at
  for at in "$1" "$2"; do
    at=${at//\\/\\134} at=${at// /\\040} at=${at//$'\t'/\\011}
    table+="$at "
  done
  table+="$3 $4"$'\n'
}
mount_table() {
  [ -n "$table" ] || return 0
  printf %s "$table" >/run/table
  table=
  mount -n -a -T /run/table
}
table=

mount -n --all -t noproc -o remount,bind,ro 2>/dev/null || :
# read line by line the kernel would write such a file anew for each line
mapfile -t mounts </proc/self/mountinfo
for mounted in "${mounts[@]}"; do
  # shellcheck disable=SC2206 # its words are wanted; patterns are off (set -f)
  fields=($mounted)
  point=${fields[4]} options=${fields[5]}
  case $options in ro | ro,*) continue ;; esac
  case $point in /proc | /proc/* | /dev/* | /run/*) continue ;; esac
  printf -v point %b "${point//\\/\\0}"
  # what cannot be reached, and everything where mount is too old for --all
  mount -n -o remount,bind,ro "$point" 2>/dev/null || [ "$point" != / ]
done

# a place to build in
mount -n -t tmpfs -o mode=755,nosuid,nodev sandbox /run
add /tmp /run/tmp none rbind,X-mount.mkdir
add "$tmp" /tmp none rbind
add sandbox /run/dev tmpfs mode=755,nosuid,X-mount.mkdir
mount_table
mount -n -o remount,bind,rw /tmp

for visible in "${@:1:count}"; do
  below=${visible#/tmp/}
  if [ "$below" = "$visible" ]; then continue; fi
  if [ ! -d "/run/tmp/$below" ]; then mkdir -p "${visible%/*}" && : >"$visible"; fi
  add "/run/tmp/$below" "$visible" none rbind,X-mount.mkdir
done
shift "$count"
links=()
for name in null zero full random urandom tty; do
  if [ -c "/dev/$name" ]; then : >"/run/dev/$name" && add "/dev/$name" "/run/dev/$name" none bind; fi
done
for name in fd stdin stdout stderr; do
  if [ -L "/dev/$name" ]; then links+=("/dev/$name"); fi
done
add sandbox /run/dev/shm tmpfs mode=1777,nosuid,nodev,X-mount.mkdir
add sandbox /run/dev/pts devpts newinstance,ptmxmode=0666,mode=620,X-mount.mkdir
mount_table
cp -P "${links[@]}" /run/dev
ln -s pts/ptmx /run/dev/ptmx
mount -n --move /run/dev /dev

declare -A sockets
mapfile -t bound </proc/net/unix
for line in "${bound[@]}"; do
  socket=/${line#* /}
  if [ "$socket" != "/$line" ] && [ -S "$socket" ] && [ -z "${sockets[$socket]-}" ]; then
    sockets[$socket]=seen
    add /dev/null "$socket" none bind
  fi
done
mount_table || :
for socket in "${!sockets[@]}"; do [ ! -S "$socket" ]; done

while IFS= read -r settings; do
  add "$settings" "$settings" none bind,ro,nosuid,nodev,noexec
done < <(find /proc -mindepth 1 -maxdepth 1 ! -name '[0-9]*' '(' -type d -o -type f -perm /222 ')')
# nothing that still has every privilege is left behind, not even as a zombie
wait "$!" || :
for folder in /run /var/run; do
  if [ -d "$folder" ] && [ ! -L "$folder" ]; then add run "$folder" tmpfs mode=755,nosuid,nodev; fi
done
mount_table
# mount leaves out what it takes for mounted already
[ ! -e /run/tmp ]
if [ -n "$resolv" ] && [ ! -e /etc/resolv.conf ]; then
  target=$(readlink -m /etc/resolv.conf)
  mkdir -p "${target%/*}" && printf '%s\n' "$resolv" >"$target"
fi

if [ -n "$hostname" ]; then hostname "$hostname" 2>/dev/null || :; fi
cd /tmp
# whatever could undo the mounts, or end or change what is not the machine's own
drop=-sys_admin,-sys_rawio,-sys_module,-sys_boot,-sys_time,-mknod
exec setpriv --bounding-set "$drop" sh -c "$first" sh "$path" "$@"
