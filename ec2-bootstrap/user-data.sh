#!/bin/bash
# settings of this runner follow here

# Makes this EC2 instance a GitHub Actions runner for one job, then ends it (ec2-bootstrap/README.md)
set -euo pipefail
export LC_ALL=C # characters are bytes
shopt -u patsub_replacement 2>/dev/null || :

root=${MAYFLY_ROOT:-} metadata=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}
work=$root/run/mayfly home=$root/opt/mayfly/runner
outcome=crashed cause='' exit_code=null silent='' log='' early=() last=0 notice='' unwanted='' told=''
jitConfig='' session='' idleSeconds=300 shutdownSeconds=60 logGroup='' logStream='' region=''

imds() {
  local token options=(-sf -m 3 --noproxy '*' --retry 2)
  token=$(curl "${options[@]}" -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/latest/api/token") &&
    curl "${options[@]}" -H @- "$metadata/latest/$1" <<<"X-aws-ec2-metadata-token: $token"
}

if [[ $root ]]; then [[ $root == /?* && -d $root ]]; else imds meta-data/instance-id >/dev/null; fi || {
  echo 'mayfly: refused: no instance metadata answers, and MAYFLY_ROOT names no absolute directory' >&2
  exit 2
}

clock() {
  now=${EPOCHREALTIME/[.,]/}
  now=${now%???}
  if [[ $told ]]; then # not in the trap itself: bash 5.2 may crash there
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
  if may shutdown; then shutdown -h now || [[ $root ]] || poweroff -f; fi
}

# backstop SECONDS FILE: powers off then, unless FILE is there
backstop() {
  if may shutdown; then (sleep "$1" && { [[ -e $2 ]] || power_off; }) & fi
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

# read_fields JSON NAME...: variables from an object's texts and numbers
read_fields() {
  local name form
  for name in "${@:2}"; do
    form="\"$name\"[[:space:]]*:[[:space:]]*(\"[^\"\\\\]*\"|-?[0-9]+)"
    if [[ $1 =~ $form ]]; then printf -v "$name" %s "${BASH_REMATCH[1]//\"/}"; fi
  done
}

# post SECONDS BODY CURL-ARGUMENT...: status, reply
post() {
  reply=$(printf %s "$2" | curl -s -m "$1" -H Expect: -w '\n%{http_code} %{errormsg}' --data-binary @- "${@:3}") || :
  status=${reply##*$'\n'} reply=${reply%$'\n'*}
}

channel() {
  post "$2" "$3" -A mayfly-host -H 'content-type: application/json' -D "$work/headers" "${MAYFLY_HOST_URL%/}/host/$1"
}

tell() {
  local pause proof="\"session\":\"$session\""
  if [[ ! $session ]]; then proof="\"token\":\"$MAYFLY_TOKEN\""; fi
  for pause in 0 1 2; do
    sleep $pause
    channel event 3 "{\"runner\":\"$MAYFLY_RUNNER\",$proof,\"type\":$1}"
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
  local AccessKeyId='' SecretAccessKey='' Token='' key date scope sum part headers names
  status='no role' reply=''
  part=$(imds meta-data/iam/security-credentials/) && part=$(imds "meta-data/iam/security-credentials/$part") || return
  read_fields "$part" AccessKeyId SecretAccessKey Token
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

send_lines() {
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
    if ((${#lines[@]} && (now >= due || held > 300000 && every == usual))); then send_lines; fi
  done
}

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
  if [[ ! $silent ]]; then
    tell "\"ended\",\"exitCode\":$exit_code,\"outcome\":\"$outcome\",\"cause\":\"$json\",\"peakMemoryMb\":null"
  fi
  power_off
}

set_backstops() {
  local life=$(((endByMs - now) / 1000 + 90))
  backstop $(((MAYFLY_CLAIM_BY_MS - now) / 1000 + 60)) "$work/log"
  { may systemd-run && systemd-run -q --unit=mayfly-backstop --on-active="${life}s" shutdown -h now; } || backstop $life ''
}

# 3 times, in the time to claim
try() {
  local pause left
  for pause in 0 3 6; do
    sleep $pause
    clock
    left=$(((MAYFLY_CLAIM_BY_MS - now) / 1000))
    if ((left < 1)); then break; fi
    if timeout -k 5 $left "$@" </dev/null; then return; fi
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
    id runner >/dev/null 2>&1 || useradd -m -s /bin/bash runner
    [[ $(stat -c %U "$home") == runner ]] || chown -R runner: "$home"
    if type -P docker >/dev/null; then
      systemctl start docker
      usermod -aG docker runner
    fi
  fi
  mkdir -p "$root/home/runner"
  if [[ ! $root ]]; then # hardening only: the group docker is root
    iptables -I OUTPUT -d 169.254.169.254 -m owner --uid-owner runner -j REJECT || :
    iptables -I DOCKER-USER -d 169.254.169.254 -j REJECT || :
  fi
}

claim() {
  local id document signature pause=1000 until=$((now + 600000)) wait
  id=$(</proc/sys/kernel/random/uuid)
  document=$(imds dynamic/instance-identity/document && echo x)
  signature=$(imds dynamic/instance-identity/signature)
  json "${document%x}"
  document=$json until=$((until < MAYFLY_CLAIM_BY_MS ? until : MAYFLY_CLAIM_BY_MS))
  while ((now < until)); do
    : >"$work/headers"
    channel claim 30 "{\"runner\":\"$MAYFLY_RUNNER\",\"token\":\"$MAYFLY_TOKEN\",\"claimId\":\"$id\",
      \"identity\":{\"document\":\"$document\",\"signature\":\"${signature//$'\n'/}\"}}"
    case $status in
      200*)
        read_fields "$reply" jitConfig session idleSeconds shutdownSeconds endByMs logGroup logStream region
        ((endByMs < MAYFLY_END_BY_MS)) || endByMs=$MAYFLY_END_BY_MS
        [[ ! $jitConfig || ! $session ]] || return 0
        ;;
      400* | 401* | 409* | 410*)
        silent=1 # Mayfly knows, and the runner may be another machine's
        die "Mayfly refused the claim (${status%% *})."
        ;;
    esac
    wait=$(sed -n '/^retry-after: *[0-9]\{1,4\}\r*$/I{s/[^0-9]*//g;s/$/000/p;q}' "$work/headers")
    wait=$((pause / 2 + RANDOM % pause / 2 + 10#${wait:-0}))
    say "no claim yet: $status"
    pause=$((pause < 7500 ? pause * 2 : 15000)) wait=$((wait < until - now ? wait : until - now > 99 ? until - now : 99))
    sleep "$(printf %04d "$wait" | sed 's/...$/.&/')"
    clock
  done
  die 'There was no claim in time.'
}

start_shipper() {
  logs_url=https://logs.$region.$(imds meta-data/services/domain || echo amazonaws.com)
  logs_url=${AWS_ENDPOINT_URL_CLOUDWATCH_LOGS:-$logs_url}
  mkfifo "$work/log" "$work/out"
  ship <"$work/log" 2>/dev/null & # no message may show a key
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
    case $name in
      PATH | LANG | TZ | *_proxy | *_PROXY | SSL_CERT_* | *TOOL_CACHE | ACTIONS_RUNNER_HOOK_* | MAYFLY_MACHINE_PROCESS)
        env+=("$name=${!name}")
        ;;
    esac
  done
  (cd "$home" && exec env -i --default-signal "${env[@]}" HOME="$root/home/runner" USER=runner LOGNAME=runner \
    ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED=1 \
    ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE=1 setpriv --reuid=runner --regid=runner --init-groups bash -c \
    'read -r ACTIONS_RUNNER_INPUT_JITCONFIG <&3; export ACTIONS_RUNNER_INPUT_JITCONFIG; exec bin/Runner.Listener run 3<&-') \
    >"$work/out" 2>&1 </dev/null 3< <(echo "$jitConfig") {log}>&- &
  pid=$!
  exec {out}<"$work/out"
}

# stop OUTCOME CAUSE
stop() {
  stopped=$1 why=$2 idle_at=$((now + 15000))
  say "stops the listener: $2"
  kill -INT "$pid" || :
}

check_limits() {
  local time='an unknown time'
  if [[ ! $notice && -e $work/notice ]]; then
    read_fields "$(<"$work/notice")" time
    notice="AWS takes this spot instance back at $time."
    say "$notice"
    echo F >&"$log"
    tell "\"notice\",\"cause\":\"$notice\""
  fi
  if ((now >= endByMs - shutdownSeconds * 1000)) && [[ $stopped != deadline ]]; then
    stop deadline 'The machine reached the end of its lifetime.'
  elif [[ $stopped && ! $busy && now -ge idle_at || now -ge endByMs ]]; then
    kill -KILL "$pid" || :
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
  for secret in "$jitConfig" "$session" "$MAYFLY_TOKEN"; do text=${text//"$secret"/***}; done
  while [[ $text =~ (gh[a-z]|github_pat)_[[:alnum:]_]{16,} ]]; do text=${text//"${BASH_REMATCH[0]}"/***}; done
}

listener_line() {
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

watch_listener() {
  local text='' part code left=1000 gone='' listening='' busy='' stopped='' why='' idle_at=$((now + 120000)) result=''
  while ((left)); do
    code=0
    IFS= read -r -t 0.3 -n 16384 -u "$out" part || code=$?
    text+=$part
    if ((! code && ${#part} < 16384)); then
      listener_line
    elif ((${#text} > 49152)); then # half a secret waits for its rest
      redact
      part=${text: -16384}
      say "${text::-16384}" ''
      text=$part
    fi
    clock
    if kill -0 "$pid" 2>/dev/null; then
      check_limits
      ((code != 1)) || sleep 0.2
    else
      # what it wrote last is read to the end, however slowly; others may hold the pipe open for ever
      if ((gone && code)) && [[ ! $part ]]; then left=0; else gone=1 left=$((left - 1)); fi
    fi
  done
  [[ ! $text ]] || listener_line
  code=0
  wait "$pid" || code=$?
  explain
}

# exit codes: actions/runner, ReturnCode
explain() {
  local kinds=([0]=no-job [7]=version-refused [100]=job-succeeded job-succeeded-with-issues job-failed job-cancelled
    job-skipped job-abandoned)
  exit_code=$code
  case $code:$result in 10[0-5]:*) ;; *:S*) code=100 ;; *:F*) code=102 ;; *:C*) code=103 ;; esac
  outcome=${kinds[code]:-listener-died}
  ((code < 1 || code > 6)) || outcome=crashed
  cause="The runner's listener ended with exit code $exit_code: ${outcome//-/ }."
  ((exit_code < 129)) || exit_code=null
  case $code:$stopped in
    10[0124]:* | 10[35]:[!d]*) ;;
    *:?*) outcome=$stopped cause=$why ;;
    *) if [[ $notice && $outcome == listener-died ]]; then outcome=spot-interruption cause=$notice; fi ;;
  esac
}

trap finish EXIT
trap told=1 TERM INT HUP
trap '' PIPE
endByMs=$MAYFLY_END_BY_MS
mkdir -p "$root/opt/mayfly" "$work"
chmod 700 "$work"
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
watch_listener
