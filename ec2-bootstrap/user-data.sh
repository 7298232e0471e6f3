#!/bin/bash
# settings of this runner follow here

# Makes this EC2 instance a GitHub Actions runner for one job, then ends it (ec2-bootstrap/README.md)

set -euo pipefail
# characters are bytes
export LC_ALL=C
# the runner must be able to read its hook
umask 22
shopt -u patsub_replacement 2>/dev/null || :

root=${MAYFLY_ROOT:-} metadata=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}/latest
work=$root/run/mayfly home=$root/opt/mayfly/runner user=$root/home/runner
outcome=crashed cause='' exit_code=null silent='' log='' early=() last=0 notice='' unwanted='' told=''
jitConfig='' session='' idleSeconds=300 shutdownSeconds=60 logGroup='' logStream='' region=''
hook='' ask='' secretAccessKey='' sessionToken='' memoryMb='' memory_at=0
# where the kernel counts
proc=$root/proc
[[ -d $proc ]] || proc=/proc

imds() {
  local token get=(curl -sf -m 3 --noproxy '*' --retry 2)
  token=$("${get[@]}" -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/api/token") &&
    "${get[@]}" -H @- "$metadata/$1" <<<"X-aws-ec2-metadata-token: $token"
}

if [[ $root ]]; then [[ $root == /?* && -d $root ]]; else imds meta-data/instance-id >/dev/null; fi || {
  echo 'mayfly: refused: no instance metadata answers, and MAYFLY_ROOT names no absolute directory' >&2
  exit 2
}

clock() {
  now=${EPOCHREALTIME/./}
  now=${now%???}
  # not in the trap itself: bash 5.2 may crash there
  if [[ $told ]]; then
    told=''
    [[ ! $notice ]] || outcome=spot-interruption
    die "${notice:-The machine was told to shut down.}"
  fi
}

say() {
  clock
  last=$((now > last ? now : last))
  set -- "${2-mayfly: }$1"
  TZ=UTC printf '%(%FT%TZ)T %s\n' $((last / 1000)) "$1" || :
  if [[ $log ]]; then echo "L$last $1" >&"$log" || :; else early+=("$last $1"); fi
}

begin() {
  stage=$1
  say "$stage"
}

die() {
  cause=$1
  exit 1
}

# with MAYFLY_ROOT, not by the computer's own programs
may() {
  local path
  path=$(realpath "$(type -P "$1")" 2>/dev/null) && [[ ! $root || $path != ?(/usr)/?(s)bin/* ]]
}

power_off() {
  ! may shutdown || shutdown -h now || [[ $root ]] || poweroff -f
}

# backstop SECONDS FILE: powers off then, unless FILE is there
backstop() {
  may shutdown && sleep "$1" && { [[ -e $2 ]] || power_off; } &
}

# json=TEXT for between quotes; what is not UTF-8 becomes U+FFFD
json() {
  local text=$1 c=$'[\x80-\xbf]' utf8
  utf8=$'^([\x01-\x7f]|[\xc2-\xdf]'$c$'|\xe0[\xa0-\xbf]'$c$'|[\xe1-\xec\xee\xef]'$c$c$'|\xed[\x80-\x9f]'$c
  utf8+=$'|\xf0[\x90-\xbf]'$c$c$'|[\xf1-\xf3]'$c$c$c$'|\xf4[\x80-\x8f]'$c$c')*'
  json=''
  while [[ $text =~ $utf8 && $text != "${BASH_REMATCH[0]}" ]]; do
    json+=${BASH_REMATCH[0]}$'\xef\xbf\xbd' text=${text:${#BASH_REMATCH[0]}+1}
  done
  json+=$text
  json=${json//\\/\\\\}
  json=${json//\"/\\\"}
  while [[ $json =~ [$'\x01'-$'\x1f'] ]]; do
    printf -v text '\\u%04x' "'${BASH_REMATCH[0]}"
    json=${json//"${BASH_REMATCH[0]}"/"$text"}
  done
}

# fields JSON NAME...: variables from an object's texts (each one line then) and numbers
fields() {
  local field form value
  for field in "${@:2}"; do
    form="\"$field\" *: *(\"([^\"\\\\]|\\\\.)*\"|-?[0-9]+)"
    if [[ $1 =~ $form ]]; then
      value=${BASH_REMATCH[1]#\"}
      value=${value%\"}
      value=${value//\\\"/\"}
      printf -v "$field" %s "${value//\\?/ }"
    fi
  done
}

# post SECONDS BODY CURL-ARGUMENT...: status, reply
post() {
  reply=$(printf %s "$2" | curl -s -m "$1" -H Expect: -w '\n%{http_code} %{errormsg}' --data-binary @- "${@:3}") || :
  status=${reply##*$'\n'} reply=${reply%$'\n'*}
}

channel() {
  : >"$work/headers"
  post "$2" "{\"runner\":\"$MAYFLY_RUNNER\",$3}" -A mayfly-host -H 'content-type: application/json' -D "$work/headers" "${MAYFLY_HOST_URL%/}/host/$1"
}

tell() {
  local pause
  for pause in 0 1 2; do
    sleep $pause
    channel event 3 "$proof,\"type\":$1"
    case $status in
      000* | 429* | 5*) continue ;;
      401* | 410*) unwanted=1 ;;
    esac
    break
  done
}

# key (hex) = HMAC-SHA256(key, TEXT); printf is a builtin: no secret in an argv
hmac() {
  local i byte inner='' outer=''
  for ((i = 0; i < 128; i += 2)); do
    byte=0x0${key:i:2}
    printf -v byte '\\x%02x\\x%02x' $((byte ^ 0x36)) $((byte ^ 0x5c))
    inner+=${byte::4} outer+=${byte:4}
  done
  key=$(printf %b "$outer$(printf %b%s "$inner" "$1" | sha256sum | sed 's/ .*//; s/../\\x&/g')" | sha256sum)
  key=${key%% *}
}

# logs OPERATION BODY: CloudWatch Logs, Signature Version 4
logs() {
  local AccessKeyId='' SecretAccessKey='' Token='' key date scope sum part headers names roles=meta-data/iam/security-credentials/
  status='no role' reply=''
  part=$(imds $roles) && part=$(imds "$roles$part") || return
  fields "$part" AccessKeyId SecretAccessKey Token
  key=$(printf %s "AWS4$SecretAccessKey" | od -An -v -tx1 | tr -d ' \n')
  TZ=UTC printf -v date '%(%Y%m%dT%H%M%SZ)T' -1
  scope=${date%T*}/$region/logs/aws4_request part=${logs_url#*://}
  printf -v headers '%s\n' content-type:application/x-amz-json-1.1 "host:${part%%/*}" "x-amz-date:$date" \
    "x-amz-security-token:$Token" "x-amz-target:Logs_20140328.$1"
  names='content-type;host;x-amz-date;x-amz-security-token;x-amz-target'
  sum=$(printf %s "$2" | sha256sum)
  sum=$(printf %s $'POST\n/\n\n'"$headers"$'\n'"$names"$'\n'"${sum%% *}" | sha256sum)
  for part in "${date%T*}" "$region" logs aws4_request $'AWS4-HMAC-SHA256\n'"$date"$'\n'"$scope"$'\n'"${sum%% *}"; do
    hmac "$part"
  done
  part="authorization: AWS4-HMAC-SHA256 Credential=$AccessKeyId/$scope, SignedHeaders=$names, Signature=$key"
  post 5 "$2" -H @<(printf %s "$headers$part") "$logs_url"
}

# what waits is one batch, below the limits of PutLogEvents: when it is too much, the older half goes
add() {
  local half=$((${#lines[@]} / 2)) IFS=,
  json "${1#* }"
  [[ $json ]] || return
  if ((held > 900000 || half > 4500)); then
    lines=("${lines[half]%%,*},\"message\":\"mayfly: $half older lines were dropped\"}" "${lines[@]:half}")
    part=${lines[*]} held=${#part}
  fi
  lines+=("{\"timestamp\":${1%% *},\"message\":\"$json\"}")
  held=$((held + ${#lines[-1]} + 1))
}

send() {
  local stream
  json "$logStream"
  stream="\"logGroupName\":\"$logGroup\",\"logStreamName\":\"$json\""
  [[ $sent ]] || logs CreateLogStream "{$stream}"
  part=$(IFS=, && echo "${lines[*]}")
  logs PutLogEvents "{$stream,\"logEvents\":[$part]}"
  clock
  if [[ $status == 200* || $reply == *InvalidParameter* ]]; then
    lines=() held=0 sent=1 every=$usual
  else
    say "the log is not shipped: $status $reply"
    sent='' every=$((limit ? 1000 : every < 60000 ? every * 2 : every))
  fi
  due=$((now + every))
}

# reads lines (L), flush (F), end (E)
ship() {
  local lines=() held=0 sent='' record='' part code due=0 limit='' usual=${MAYFLY_SHIP_SECONDS:-5}000
  local every=$usual
  set +e
  trap '' TERM
  for part in "${early[@]}"; do add "$part"; done
  until [[ $limit ]] && ((! ${#lines[@]} || now > limit)); do
    IFS= read -r -t 0.3 part
    code=$? record+=$part
    clock
    if ((! code)); then
      case $record in
        L*) add "${record#L}" ;;
        F) due=0 ;;
        E) due=0 limit=$((now + usual * 4)) ;;
      esac
      record=''
    fi
    ((! ${#lines[@]} || now < due && (held <= 300000 || every != usual))) || send
  done
}

# memoryMb: the most memory in use so far, looked at once a second
note_memory() {
  local text='' form='MemTotal: +([0-9]+) kB.*MemAvailable: +([0-9]+) kB' used
  ((now >= memory_at)) || return 0
  memory_at=$((now + 1000))
  IFS= read -r -d '' text <"$proc/meminfo" || :
  [[ $text =~ $form ]] || return 0
  used=$(((BASH_REMATCH[1] - BASH_REMATCH[2]) / 1024))
  memoryMb=$((used > memoryMb ? used : memoryMb))
} 2>/dev/null

# usage (JSON): what the machine used since it booted, as far as the kernel tells
measure() {
  local times=() total=0 name received sent in='' out=0 disk
  usage='' memory_at=0
  note_memory
  # user nice system idle iowait irq softirq steal: proc_stat(5)
  read -r -a times <"$proc/stat"
  for name in "${times[@]:1:8}"; do total=$((total + name)); done
  ((!total)) || usage+=",\"cpuPercent\":$(((100 * (total - times[4] - times[5]) + total / 2) / total))"
  [[ ! $memoryMb ]] || usage+=",\"memoryMb\":$memoryMb"
  disk=$(df -m --output=used "$root/") && usage+=",\"diskMb\":${disk##*[!0-9]}"
  # what containers send and get passes the machine's own interface, too
  while IFS=': ' read -r name received _ _ _ _ _ _ _ sent _; do
    [[ $name == @(lo|docker*|br-*|veth*) || $received$sent != +([0-9]) ]] || in=$((in + received)) out=$((out + sent))
  done <"$proc/net/dev"
  [[ ! $in ]] || usage+=",\"networkInMb\":$((in >> 20)),\"networkOutMb\":$((out >> 20))"
  usage="{${usage#,}}"
} 2>/dev/null

finish() {
  local code=$?
  trap - EXIT
  trap '' TERM INT HUP
  set +eu
  backstop 90 ''
  cause=${cause:-"The machine's program failed: $stage (exit $code)."}
  say "ended, $outcome: $cause"
  # the log first: Mayfly terminates a machine that says that it has ended
  if [[ $log ]]; then
    echo E >&"$log"
    wait "$ship_pid"
  fi
  json "$cause"
  measure
  [[ $silent ]] || tell "\"ended\",\"exitCode\":$exit_code,\"outcome\":\"$outcome\",\"cause\":\"$json\",\"usage\":$usage"
  power_off
}

set_backstops() {
  local life=$(((endByMs - now) / 1000 + 90))
  backstop $(((MAYFLY_CLAIM_BY_MS - now) / 1000 + 60)) "$work/log"
  # for whichever of the two fails
  # shellcheck disable=SC2015
  may systemd-run && systemd-run -q --unit=mayfly-backstop --on-active="${life}s" shutdown -h now || backstop $life ''
}

# 3 times, in the time to claim
try() {
  local pause left
  for pause in 0 3 6; do
    sleep $pause
    clock
    left=$(((MAYFLY_CLAIM_BY_MS - now) / 1000))
    ((left > 0)) || break
    ! timeout -k 5 $left "$@" </dev/null || return 0
  done
  die "This failed: $*"
}

install_runner() {
  local archive=$home.tar.gz sum apt=(apt-get -qq -y -o DPkg::Lock::Timeout=120)
  if [[ ! ${MAYFLY_RUNNER_URL:-} || ! ${MAYFLY_RUNNER_SHA256:-} ]] || ! may apt-get; then
    die 'The image has no runner, and MAYFLY_RUNNER_URL or MAYFLY_RUNNER_SHA256 is not set.'
  fi
  begin 'install docker'
  export DEBIAN_FRONTEND=noninteractive
  try "${apt[@]}" update
  try "${apt[@]}" install docker.io
  begin 'download the runner'
  mkdir -p "$home"
  try curl -fsSL -o "$archive" "$MAYFLY_RUNNER_URL"
  sum=$(sha256sum <"$archive")
  sum=${sum%% *}
  [[ $sum == "$MAYFLY_RUNNER_SHA256" ]] || die "The runner's archive has SHA-256 $sum, wanted is $MAYFLY_RUNNER_SHA256."
  tar -xzf "$archive" --no-same-owner -C "$home"
  rm "$archive"
  [[ ! -x $home/bin/installdependencies.sh ]] || try "$home/bin/installdependencies.sh"
}

set_up() {
  [[ -x $home/bin/Runner.Listener ]] || install_runner
  begin 'set up the user'
  if may useradd; then
    id runner &>/dev/null || useradd -m -s /bin/bash runner
    [[ $(stat -c %U "$home") == runner ]] || chown -R runner: "$home"
    if type -P docker >/dev/null; then
      systemctl start docker
      usermod -aG docker runner
    fi
  fi
  mkdir -p "$user"
  # hardening only: the group docker is root
  if [[ ! $root ]]; then
    iptables -I OUTPUT -d 169.254.169.254 -m owner --uid-owner runner -j REJECT || :
    iptables -I DOCKER-USER -d 169.254.169.254 -j REJECT || :
  fi
}

# again WHAT: waits as long as the answer and the caller's pause say, but not longer than to the caller's until
again() {
  local wait
  wait=$(sed -n '/^retry-after: *[0-9]\{1,4\}\r*$/I{s/[^0-9]*//g;s/$/000/p;q}' "$work/headers")
  wait=$((pause / 2 + RANDOM % pause / 2 + 10#${wait:-0}))
  say "no $1 yet: $status"
  pause=$((pause < 7500 ? pause * 2 : 15000)) wait=$((wait < until - now ? wait : until - now > 99 ? until - now : 99))
  sleep "$(printf %04d "$wait" | sed 's/...$/.&/')"
  clock
}

claim() {
  local id document signature pause=1000 until=$((now + 600000))
  id=$(</proc/sys/kernel/random/uuid)
  document=$(imds dynamic/instance-identity/document && echo x)
  signature=$(imds dynamic/instance-identity/signature)
  json "${document%x}"
  document=$json until=$((until < MAYFLY_CLAIM_BY_MS ? until : MAYFLY_CLAIM_BY_MS))
  while ((now < until)); do
    channel claim 30 "$proof,\"claimId\":\"$id\",
      \"identity\":{\"document\":\"$document\",\"signature\":\"${signature//$'\n'/}\"}"
    case $status in
      200*)
        fields "$reply" jitConfig session idleSeconds shutdownSeconds endByMs logGroup logStream region
        ((endByMs < MAYFLY_END_BY_MS)) || endByMs=$MAYFLY_END_BY_MS
        [[ $reply == *'"askBeforeJob":false'* ]] || hook=$root/run/mayfly-job
        if [[ $jitConfig && $session ]]; then
          proof="\"session\":\"$session\""
          return
        fi
        ;;
      400* | 401* | 409* | 410*)
        # Mayfly knows, and the runner may be another machine's
        silent=1
        die "Mayfly refused the claim (${status%% *})."
        ;;
    esac
    again claim
  done
  die 'There was no claim in time.'
}

start_shipper() {
  logs_url=https://logs.$region.$(imds meta-data/services/domain || echo amazonaws.com)
  logs_url=${AWS_ENDPOINT_URL_CLOUDWATCH_LOGS:-$logs_url}
  mkfifo "$work/log" "$work/out"
  # no message may show a key
  ship <"$work/log" 2>/dev/null &
  ship_pid=$!
  exec {log}>"$work/log"
}

watch_spot() {
  until imds meta-data/spot/instance-action >"$work/spot" || ! kill -0 $$; do sleep "${MAYFLY_POLL_SECONDS:-5}"; done
  mv "$work/spot" "$work/notice"
}

# in an environment of its own; the JIT config comes through a pipe
start_listener() {
  local name env=()
  for name in $(compgen -e); do
    [[ $name != @(PATH|LANG|TZ|*_proxy|*_PROXY|SSL_CERT_*|*TOOL_CACHE|ACTIONS_RUNNER_HOOK_*|MAYFLY_MACHINE_PROCESS) ]] ||
      env+=("$name=${!name}")
  done
  # Before a job's first step the runner runs this as its user: it asks, prints what it is told, and ends only when it
  # is told that the job may run. So no step runs before that, and without it not even one with always().
  if [[ $hook ]]; then
    mkfifo -m 660 "$hook.ask" "$hook.answer"
    chgrp runner "$hook".*
    # shellcheck disable=SC2016 # that program's variables
    echo 'trap "" 1 2 15; { echo $GITHUB_RUN_ID $GITHUB_RUN_ATTEMPT >&3; while read -r l; do [ "$l" != go ] || exit 0;' \
      'echo "$l"; done <"${0%sh}answer"; } 3>"${0%sh}ask" || :; while :; do sleep 9; done' >"$hook.sh"
    env+=("ACTIONS_RUNNER_HOOK_JOB_STARTED=$hook.sh")
  fi
  # shellcheck disable=SC2016 # that program's variables
  (cd "$home" && exec env -i --default-signal "${env[@]}" HOME="$user" {USER,LOGNAME}=runner \
    ACTIONS_RUNNER_RETURN_{JOB_RESULT_FOR_HOSTED,VERSION_DEPRECATED_EXIT_CODE}=1 \
    setpriv --reuid=runner --regid=runner --init-groups bash -c \
    'name=ACTIONS_RUNNER_INPUT_JITCONFIG; read -r $name <&3; export $name; exec bin/Runner.Listener run 3<&-') \
    >"$work/out" 2>&1 </dev/null 3< <(echo "$jitConfig") {log}>&- &
  pid=$!
  exec {out}<"$work/out"
  # not earlier: another process that has it would hide that the hook has ended
  [[ ! $hook ]] || exec {ask}<>"$hook.ask" {answer}<>"$hook.answer"
}

# a process and all below it, before any of them can start another one
end_all() {
  local child
  kill -STOP "$1" || :
  # shellcheck disable=SC2013 # numbers
  for child in $(cat "/proc/$1/task/"*/children); do end_all "$child"; done
  kill -KILL "$1" || :
} 2>/dev/null

# role credentials are files of the job's user
let_run() {
  local name='' region='' accessKeyId='' expiresAtMs='' denied='' notice=''
  fields "$reply" name region accessKeyId secretAccessKey sessionToken expiresAtMs denied notice
  [[ ! $notice ]] || echo "Mayfly: $notice"
  [[ ! $denied ]] || echo "Mayfly: no credentials of role $name: $denied"
  if [[ $accessKeyId ]]; then
    umask 077
    cd "$user"
    rm -rf .aws
    mkdir .aws
    printf '[default]\nregion=%s\n' "$region" >.aws/config
    printf '[default]\naws_access_key_id=%s\naws_secret_access_key=%s\naws_session_token=%s\n' \
      "$accessKeyId" "$secretAccessKey" "$sessionToken" >.aws/credentials
    chown -R runner: .aws
    TZ=UTC printf 'Mayfly: credentials of role %s until %(%H:%M)T UTC are in ~/.aws\n' "$name" $((expiresAtMs / 1000))
  fi
  echo go
} >&"$answer"

# the hook has asked: nothing else happens until there is an answer
answer_hook() {
  local run attempt over watcher reason='' pause=1000 until=$((now + ${MAYFLY_ASK_SECONDS:-60}000))
  read -r -u "$ask" run attempt
  exec {over}<"$hook.ask" {ask}>&-
  ask=''
  read -r -u "$over" || end_all "$pid" &
  watcher=$!
  disown || :
  until [[ $reason ]]; do
    channel job 10 "$proof,\"runId\":$run,\"attempt\":$attempt"
    clock
    case $status:$reply in
      200*'"allowed":true'*)
        # the hook's end is the right one now
        if kill -KILL $watcher; then
          let_run
          return
        fi
        reason='The job-started hook was ended.'
        ;;
      000* | 408* | 429* | 5*) if ((now < until)); then again answer; else reason='Mayfly did not answer.'; fi ;;
      *)
        fields "$reply" reason
        reason=${reason:-"Mayfly refused it (${status%% *})."}
        ;;
    esac
  done
  echo "::error::Mayfly: this job may not run here: $reason" >&"$answer"
  # until that is in the job's log at GitHub
  sleep 2
  stopped=refused-job why=$reason
  end_all "$pid"
}

# stop OUTCOME CAUSE
stop() {
  stopped=$1 why=$2 idle_at=$((now + 15000))
  say "stops the listener: $2"
  kill -INT "$pid" || :
}

limits() {
  local time='an unknown time'
  if [[ ! $notice && -e $work/notice ]]; then
    fields "$(<"$work/notice")" time
    notice="AWS takes this spot instance back at $time."
    say "$notice"
    echo F >&"$log"
    tell '"notice","cause":"'"$notice\""
  fi
  if ((now >= endByMs - shutdownSeconds * 1000)) && [[ $stopped != deadline ]]; then
    stop deadline 'The machine reached the end of its lifetime.'
  elif [[ $stopped && ! $busy && now -ge idle_at || now -ge endByMs ]]; then
    end_all "$pid"
  elif [[ $busy || $stopped ]]; then
    :
  elif [[ $notice ]]; then
    stop spot-interruption "$notice"
  elif [[ $unwanted ]]; then
    stop no-job 'Mayfly no longer needs this runner.'
  elif ((now >= idle_at)); then
    if [[ $listening ]]; then stop idle 'No job came in time.'; else stop crashed 'The runner did not connect in time.'; fi
  fi
}

redact() {
  local secret
  for secret in "$jitConfig" "$session" "$MAYFLY_TOKEN" "$secretAccessKey" "$sessionToken"; do text=${text//"$secret"/***}; done
  while [[ $text =~ (gh[a-z]|github_pat)_[[:alnum:]_]{16,} ]]; do text=${text//"${BASH_REMATCH[0]}"/***}; done
}

take_line() {
  redact
  say "$text" ''
  case $text in
    *'Running job: '*)
      [[ $busy ]] || tell '"job-started"'
      busy=1
      ;;
    *'completed with result: '*) result=${text##*: } ;;
    *'Listening for Jobs'*)
      [[ $listening ]] || tell '"listening"'
      listening=1 idle_at=$((now + idleSeconds * 1000))
      ;;
  esac
  text=''
}

watch() {
  local text='' part code left=1000 gone='' listening='' busy='' stopped='' why='' idle_at=$((now + 120000)) result=''
  while ((left)); do
    code=0
    IFS= read -r -t 0.3 -n 16384 -u "$out" part || code=$?
    text+=$part
    if ((! code && ${#part} < 16384)); then
      take_line
    elif ((${#text} > 49152)); then
      # half a secret waits for its rest
      redact
      part=${text: -16384}
      say "${text::-16384}" ''
      text=$part
    fi
    clock
    note_memory
    if kill -0 "$pid" 2>/dev/null; then
      limits
      [[ ! $ask ]] || ! read -t 0 -u "$ask" || answer_hook
      ((code != 1)) || sleep 0.2
    else
      # what it wrote last is read to the end, however slowly; others may hold the pipe open for ever
      if ((gone && code)) && [[ ! $part ]]; then left=0; else gone=1 left=$((left - 1)); fi
    fi
  done
  [[ ! $text ]] || take_line
  code=0
  wait "$pid" || code=$?
  explain
}

# exit codes: actions/runner, ReturnCode
explain() {
  local kinds=([0]=no-job [7]=version-refused [100]=job-succeeded
    job-{succeeded-with-issues,failed,cancelled,skipped,abandoned})
  exit_code=$code
  case $code:$result in 10[0-5]:*) ;; *:S*) code=100 ;; *:F*) code=102 ;; *:C*) code=103 ;; esac
  outcome=${kinds[code]:-listener-died}
  ((code < 1 || code > 6)) || outcome=crashed
  cause="The runner's listener ended with exit code $exit_code: ${outcome//-/ }."
  ((exit_code < 129)) || exit_code=null
  case $code:$stopped in
    10[0124]:[!r]* | 10[35]:[!dr]*) ;;
    *:?*) outcome=$stopped cause=$why ;;
    *) if [[ $notice && $outcome == listener-died ]]; then outcome=spot-interruption cause=$notice; fi ;;
  esac
}

proof="\"token\":\"$MAYFLY_TOKEN\""
trap finish EXIT
trap told=1 TERM INT HUP
trap '' PIPE
endByMs=$MAYFLY_END_BY_MS
mkdir -p "$root/opt/mayfly"
# shellcheck disable=SC2174 # of this one
mkdir -pm 700 "$work"
begin "begin as $MAYFLY_RUNNER"
set_backstops
set_up
begin claim
claim
start_shipper
begin 'start the listener'
tell '"booted"'
watch_spot &
start_listener
watch
