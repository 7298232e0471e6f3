import { readFileSync } from "node:fs";

/** Where the programs that build a machine are: the machine's own PATH may name places that others can write to. */
export const systemPath = "/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * For bash: closes whatever the sandbox itself was started with open (Node closes only those that follow each other),
 * and makes standard error the same as standard output.
 */
export const closeInherited = `
for file in /proc/self/fd/*; do
  number=\${file##*/}
  case $number in 0 | 1 | 2 | '*') ;; *) eval "exec $number>&-" ;; esac
done
unset file number
exec 2>&1
`;

/**
 * `sh -c SCRIPT PARENT COMMAND ARG…`, tied to PARENT: ends at once when that died before it was tied, and leaves
 * /proc/PID/stat of this process, by then `unshare`, as descriptor 9.
 */
export const guardScript = '[ "$PPID" = "$0" ] || exit 1; exec 9</proc/self/stat; exec "$@"';

/**
 * `sh -c SCRIPT sh COMMAND ARG…` in a new user namespace: says on descriptor 3 that there is one, and waits for the
 * answer `go` when it has users. Privileges come with the execution after that, which unties it from the process
 * outside: setpriv ties it again.
 */
export const handshakeScript = `
echo up >&3 && read -r answer <&3
[ "$answer" = go ] || { echo "no users in the user namespace: $answer"; exit 1; }
exec setpriv --pdeathsig KILL "$@" 3<&-
`;

// the process outside may have ended before this one was tied to it: then its state cannot be read, or is Z
const checkTie = `
{ read -r _ _ state _ <&9 && [ "$state" != Z ]; } || exit 1
`;

export const buildScript =
  checkTie + closeInherited + readFileSync(new URL("build-machine.sh", import.meta.url), "utf8");

/**
 * Process 1 of a machine that is built: `sh -c SCRIPT sh PATH COMMAND ARG…`. The command is its child, so that it
 * collects processes whose parents have died; when the command ends it ends, and with it the kernel ends everything.
 */
export const firstScript = `
unset SHLVL OLDPWD _
if [ -n "$1" ]; then PATH=$1; else unset PATH; fi
shift
"$@" || exit $?
exit 0
`;
