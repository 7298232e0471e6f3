#!/bin/bash
# Checks whether this machine can run a job as ec2-bootstrap/user-data.sh sets it up. Changes nothing.
set -uo pipefail
export LC_ALL=C

usage() {
  cat <<'END'
usage: verify-setup.sh [options]

Checks docker, the runner, disk, memory, network and the services around the user data, and prints a line for each.
A check is ok, warn (a job can run) or fail (none can). Exit status: 0 nothing failed, 1 something failed, 2 wrong usage.

  --json               print {"ok": …, "checks": [{"name": …, "status": …, "detail": …}]} instead
  --min-disk-gb N      free space of the root file system below which the disk fails (default 10)
  --min-memory-mb N    memory of the machine below which it fails (default 1800)
  --github-url URL     the API that the runner needs (default https://api.github.com)
  --timeout SECONDS    for each program or server that is asked (default 5)
  --help               this text

Environment: MAYFLY_ROOT, the directory under which everything is looked for; AWS_EC2_METADATA_SERVICE_ENDPOINT.
END
}

root=${MAYFLY_ROOT:-} metadata=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}
home=$root/opt/mayfly/runner cloud=$root/var/lib/cloud/instance
as_json='' min_disk_gb=10 min_memory_mb=1800 github_url=https://api.github.com timeout=5
results=() failed=''

wrong_usage() {
  printf 'verify-setup: %s\n' "$1" >&2
  usage >&2
  exit 2
}

# number OPTION VALUE
number() {
  [[ $2 =~ ^[1-9][0-9]{0,8}$ ]] || wrong_usage "$1 takes a whole number above 0, not \"$2\""
}

while (($#)); do
  case $1 in
    --json) as_json=1 ;;
    --help)
      usage
      exit 0
      ;;
    --min-disk-gb | --min-memory-mb | --github-url | --timeout)
      (($# > 1)) || wrong_usage "$1 takes a value"
      case $1 in
        --min-disk-gb) number "$1" "$2" && min_disk_gb=$2 ;;
        --min-memory-mb) number "$1" "$2" && min_memory_mb=$2 ;;
        --timeout) number "$1" "$2" && timeout=$2 ;;
        --github-url)
          [[ $2 =~ ^https?://[^/[:space:]]+ ]] || wrong_usage "$1 takes an http or https URL, not \"$2\""
          github_url=${2%/}
          ;;
      esac
      shift
      ;;
    *) wrong_usage "unknown option $1" ;;
  esac
  shift
done
if [[ $root && ! ($root == /* && -d $root) ]]; then wrong_usage 'MAYFLY_ROOT is not an existing absolute directory'; fi

# json TEXT: prints it as a JSON string, whatever bytes it has; other bytes than ASCII are shown as ?
json() {
  local text=${1//[$'\x80'-$'\xff']/?} escaped
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  while [[ $text =~ [$'\x01'-$'\x1f'$'\x7f'] ]]; do
    printf -v escaped '\\u%04x' "'${BASH_REMATCH[0]}"
    text=${text//"${BASH_REMATCH[0]}"/"$escaped"}
  done
  printf '"%s"' "$text"
}

# result NAME STATUS DETAIL
result() {
  local detail=${3//[$'\n\r\t']/ }
  detail=${detail:0:300}
  if [[ $2 == fail ]]; then failed=1; fi
  if [[ $as_json ]]; then
    results+=("    {\"name\": \"$1\", \"status\": \"$2\", \"detail\": $(json "$detail")}")
  else
    printf '%-4s  %-20s  %s\n' "$2" "$1" "${detail//[^[:print:]]/?}"
  fi
}

# ask COMMAND...: its output, both streams, with the time limit
ask() {
  timeout -k 1 "$timeout" "$@" 2>&1 </dev/null
}

fetch() {
  curl -sS -m "$timeout" "$@" 2>&1
}

check_docker() {
  local said
  if ! type -P docker >/dev/null; then
    result docker.installed fail 'there is no program docker: jobs with containers cannot run'
    return
  fi
  if said=$(ask docker --version); then result docker.installed ok "$said"; else result docker.installed fail "$said"; fi
  if said=$(ask docker info --format '{{.ServerVersion}}') && [[ $said ]]; then
    result docker.daemon ok "answers, version $said"
  else
    result docker.daemon fail "does not answer: $said"
  fi
}

check_runner() {
  local said
  if ! said=$(ask id -nG runner); then
    result runner.user warn 'there is no user runner yet: the user data makes it'
  elif [[ " $said " != *' docker '* ]]; then
    result runner.user warn "is not in the group docker yet, only in: $said"
  else
    result runner.user ok "is in the groups $said"
  fi
  if [[ ! -x $home/bin/Runner.Listener ]]; then
    result runner.listener fail "$home/bin/Runner.Listener is not there: the user data will download the runner"
    return
  fi
  result runner.listener ok "$home/bin/Runner.Listener"
  said=$(cd "$home" && ask bin/Runner.Listener --version)
  if [[ $said =~ ^[0-9]+\.[0-9]+\.[0-9]+ ]]; then
    result runner.version ok "${BASH_REMATCH[0]}"
  else
    result runner.version warn "says no version: $said"
  fi
}

check_disk() {
  local available size type status=ok
  if ! read -r available size type < <(ask df -B1 --output=avail,size,fstype "$root/" | tail -n 1) ||
    [[ ! $available =~ ^[0-9]+$ ]]; then
    result disk.free fail "df says nothing about $root/"
    return
  fi
  if ((available < min_disk_gb * 1000000000)); then status=fail; fi
  result disk.free "$status" "$((available / 1000000000)) GB of $((size / 1000000000)) GB are free on $root/, at least $min_disk_gb GB are wanted"
  case $type in
    tmpfs | ramfs) result disk.type warn "$type: it uses up the memory" ;;
    *) result disk.type ok "$type" ;;
  esac
}

check_memory() {
  local key kb total=0 available=0 status=ok
  while read -r key kb _; do
    case $key in
      MemTotal:) total=$((kb / 1024)) ;;
      MemAvailable:) available=$((kb / 1024)) ;;
    esac
  done </proc/meminfo
  if ((total < min_memory_mb)); then status=fail; fi
  result memory "$status" "$total MB, $available MB available, at least $min_memory_mb MB are wanted"
}

check_network() {
  local host=${github_url#*://} said token
  host=${host%%/*}
  host=${host%:*}
  if said=$(ask getent hosts "$host"); then
    result network.dns ok "$host is ${said%% *}"
  else
    result network.dns fail "the name $host is not known here"
  fi
  said=$(fetch -o /dev/null -w '%{http_code}' "$github_url/")
  case $said in
    [234]??) result network.github ok "$github_url answers (status $said)" ;;
    *) result network.github fail "$github_url does not answer as it should: $said" ;;
  esac
  if token=$(fetch -f --noproxy '*' -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/latest/api/token") &&
    said=$(fetch -f --noproxy '*' -H @- "$metadata/latest/meta-data/instance-id" <<<"X-aws-ec2-metadata-token: $token"); then
    result network.metadata ok "this is the instance $said"
  else
    result network.metadata fail 'the instance metadata does not answer: this is no EC2 instance, or its metadata is off'
  fi
}

check_services() {
  local said name
  if type -P cloud-init >/dev/null; then
    said=$(ask cloud-init status)
    case $said in
      *done* | *running*) result service.cloud-init ok "$said" ;;
      *error* | *degraded*) result service.cloud-init fail "$said" ;;
      *) result service.cloud-init warn "$said" ;;
    esac
  elif [[ -e $cloud/boot-finished ]]; then
    result service.cloud-init ok 'the boot is finished'
  else
    result service.cloud-init warn 'there is no cloud-init, or the boot is not finished'
  fi
  # cloud-init keeps it as it came: gzip, or a text
  name=$(gzip -dcf "$cloud/user-data.txt" 2>/dev/null | sed -n "s/^MAYFLY_RUNNER='\(.*\)'$/\1/p")
  if [[ ! $name ]]; then
    result service.user-data warn 'this instance was not launched by Mayfly, or its user data cannot be read'
  elif [[ -e $root/run/mayfly/log ]]; then
    result service.user-data ok "runner $name has claimed"
  elif [[ -d $root/run/mayfly ]]; then
    result service.user-data ok "runner $name is being set up"
  else
    result service.user-data warn "for runner $name, and has not run"
  fi
  if said=$(ask systemctl is-active mayfly-backstop.timer); then
    result service.backstop ok 'the machine will be powered off at the end of its lifetime'
  else
    result service.backstop warn "no timer will power the machine off: $said"
  fi
}

check_job_hook() {
  local hook=$root/run/mayfly-job owner mode
  if [[ ! -e $root/run/mayfly/log ]]; then
    result service.job-hook warn 'not known yet: the claim says whether Mayfly is asked before a job'
  elif [[ ! -e $hook.ask ]]; then
    result service.job-hook ok 'none: Mayfly is not asked before a job of this runner'
  elif [[ ! -f $hook.sh || ! -p $hook.ask || ! -p $hook.answer ]]; then
    result service.job-hook fail "$hook.sh or its pipes .ask and .answer are missing: no job can begin"
  elif read -r owner mode < <(stat -c '%U %a' "$hook.sh") && [[ $owner == runner || $mode != *[0145][0145] ]]; then
    result service.job-hook fail "$hook.sh could be changed by others than root: owner $owner, mode $mode"
  else
    result service.job-hook ok "$hook.sh"
  fi
}

check_docker
check_runner
check_disk
check_memory
check_network
check_services
check_job_hook
if [[ $as_json ]]; then
  ok=true
  if [[ $failed ]]; then ok=false; fi
  printf '{\n  "ok": %s,\n  "checks": [\n' "$ok"
  for ((i = 0; i < ${#results[@]}; i++)); do
    ((i == 0)) || printf ',\n'
    printf '%s' "${results[i]}"
  done
  printf '\n  ]\n}\n'
fi
[[ ! $failed ]]
