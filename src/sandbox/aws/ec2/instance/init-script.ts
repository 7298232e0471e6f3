/**
 * The first program of an instance: `sh -c SCRIPT sh PLACE ROOT`. Runs the user data once, then goes on, as an
 * instance does, until it is powered off through PLACE/power; with it the machine ends.
 *
 * PLACE/power is a named pipe of lines: `say TEXT` is printed on the console, `off WHY` powers off.
 */
export const initScript = `
set -u
place=$1 root=$2 tell=$1/power
say() { printf '[sandbox] %s\\n' "$*"; }
run_user_data() {
  cloud=$root/var/lib/cloud
  mkdir -p "$cloud/instance/scripts" "$cloud/data"
  cp "$place/user-data" "$cloud/instance/user-data.txt"
  data=$place/user-data
  # as cloudinit/user_data.py: what is no gzip, or a broken one, is taken as it is
  if [ "$(head -c 2 "$data" | od -An -tx1 | tr -d ' ')" = 1f8b ] &&
    (umask 077 && gzip -dc <"$data" >"$data.unpacked" 2>/dev/null); then
    data=$data.unpacked
  fi
  if [ ! -s "$data" ]; then
    say "no user data"
  elif [ "$(head -c 2 "$data" | tr -d '\\000')" = '#!' ]; then
    script=$cloud/instance/scripts/part-001
    cp "$data" "$script"
    chmod 700 "$script"
    say "running the user data with bash"
    (cd / && exec bash "$script" </dev/null)
    printf 'say user data ended with exit code %s; the instance goes on running\\n' "$?" >"$tell"
  else
    say "the user data is not run: its first line does not begin with #!"
  fi
  : >"$cloud/instance/boot-finished"
}
exec 3<>"$tell"
{ run_user_data; } 3<&- &
while read -r what text <&3; do
  case $what in
    say) say "$text" ;;
    off)
      say "$text: the instance powers off"
      exit 0
      ;;
  esac
done
`;
