#!/bin/sh
# ptp-tester user data: arms the dead-man's switch, installs the agent, starts it. Any failure is said on the console and ends the
# instance. Running it again repairs what is missing and changes nothing else.
# Rendered by controller/src/fleet/prepare/user-data.ts, which puts one quoted value in place of each placeholder and drops these comments. The
# same text runs on EC2 and in local-ec2, where PTP_TESTER_ROOT names the instance's own folder and PATH begins with its power and service
# commands.
set -eu
umask 077

controller_url=@controller_url@
agent_url=@agent_url@
run=@run@
index=@index@
attempt=@attempt@
token=@token@
agent_sha256=@agent_sha256@
life_s=@life_s@
# PEM with its line ends as \n, as JSON has it; empty: the system's authorities are trusted.
ca_pem=@ca_pem@

ROOT=${PTP_TESTER_ROOT:-}
agent_dir=$ROOT/opt/ptp-tester
config_dir=$ROOT/etc/ptp-tester
state_dir=$ROOT/var/lib/ptp-tester
switch_dir=$ROOT/var/lib/ptp-tester-switch
unit_dir=$ROOT/etc/systemd/system
install_log=$switch_dir/install.log

# What is said here is read through GetConsoleOutput when the agent never appears, and in the install log when it does. Each line says
# when a step ended or the next one begins, so that a slow launch tells where its time went.
say() {
  line="$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ) ptp-tester: $*"
  printf '%s\n' "$line" >&2
  if [ -z "$ROOT" ] && [ -w /dev/console ]; then
    printf '%s\n' "$line" >/dev/console 2>/dev/null || :
  fi
  if [ -w "$install_log" ]; then printf '%s\n' "$line" >>"$install_log" || :; fi
}

give_up() {
  say "FAILED: $*. The instance powers off."
  shutdown -h now || poweroff || :
  exit 1
}

# The folder goes into JSON and into unit files, neither of which is quoted further.
check_root() {
  case $ROOT in
    *[!A-Za-z0-9/._-]*) give_up "PTP_TESTER_ROOT may hold only letters, digits and / . _ -, not: $ROOT" ;;
  esac
}

make_directories() {
  mkdir -p "$agent_dir" "$config_dir" "$state_dir" "$switch_dir" "$unit_dir" &&
    chmod 0755 "$agent_dir" "$unit_dir" "$switch_dir"
}

# Readable for the agent, which has no rights and shows it as evidence. An instance without this log works as well.
open_install_log() {
  touch "$install_log" && chmod 0644 "$install_log"
}

# put FILE MODE: what comes in becomes the file, whole or not at all.
put() {
  cat >"$1.new" && chmod "$2" "$1.new" && mv -f "$1.new" "$1"
}

# Before anything that can fail or hang: the instance ends by itself when everything else is lost.
arm_dead_mans_switch() {
  put "$agent_dir/dead-mans-switch" 0755 <<'SCRIPT' || return 1
@switch_script@
SCRIPT
  put "$unit_dir/ptp-tester-dead-mans-switch.service" 0644 <<UNIT || return 1
@switch_unit@
UNIT
  systemctl daemon-reload && systemctl enable --now ptp-tester-dead-mans-switch.service || return 1
  say "armed: powers off after $life_s s of uptime whatever happens"
}

write_config() {
  ca_field=''
  if [ -n "$ca_pem" ]; then ca_field=$(printf ',\n  "ca_pem": "%s"' "$ca_pem"); fi
  put "$config_dir/agent.json" 0600 <<CONFIG || return 1
{
  "controller_url": "$controller_url",
  "run": "$run",
  "index": $index,
  "attempt": $attempt,
  "token": "$token",
  "state_dir": "$state_dir",
  "switch_dir": "$switch_dir"$ca_field
}
CONFIG
  if [ -n "$ca_pem" ]; then printf '%b' "$ca_pem" | put "$config_dir/ca.pem" 0644; fi
}

sha256_of() {
  sha256sum <"$1" | cut -d ' ' -f 1
}

# The controller's certificate is checked against its own authority alone; another source's against the system's.
download() {
  case $agent_url in
    s3://*) aws s3 cp --only-show-errors "$agent_url" "$1" ;;
    ?*) curl --fail --silent --show-error --location --connect-timeout 10 --max-time 300 --output "$1" "$agent_url" ;;
    *)
      set -- --fail --silent --show-error --connect-timeout 10 --max-time 300 --output "$1"
      if [ -n "$ca_pem" ]; then set -- "$@" --cacert "$config_dir/ca.pem"; fi
      curl "$@" "$controller_url/v1/agent-file/$agent_sha256"
      ;;
  esac
}

# The sha256 is that of what is transferred, which may be compressed.
fetch_agent() {
  say "download of the agent file begins, from ${agent_url:-$controller_url}"
  download "$agent_dir/agent.new" || return 1
  say "downloaded: $(wc -c <"$agent_dir/agent.new") bytes"
  [ "$(sha256_of "$agent_dir/agent.new")" = "$agent_sha256" ] || {
    say 'what came is not the agent file that was announced (sha256 differs)'
    return 1
  }
  say 'verified: its sha256 is the announced one'
  # Whole it is, by its sha256; the first two bytes tell gzip (RFC 1952) without reading the rest twice.
  if [ "$(od -An -tx1 -N2 "$agent_dir/agent.new" | tr -d ' ')" = 1f8b ]; then
    gzip -dc "$agent_dir/agent.new" >"$agent_dir/agent.plain" && mv -f "$agent_dir/agent.plain" "$agent_dir/agent.new" || return 1
  fi
  chmod 0755 "$agent_dir/agent.new" && mv -f "$agent_dir/agent.new" "$agent_dir/agent" || return 1
  printf '%s %s\n' "$agent_sha256" "$(sha256_of "$agent_dir/agent")" | put "$agent_dir/agent.sha256" 0644 || return 1
  say 'unpacked: the agent is in its place'
}

is_installed() {
  [ -f "$agent_dir/agent" ] && [ -f "$agent_dir/agent.sha256" ] &&
    [ "$(cat "$agent_dir/agent.sha256")" = "$agent_sha256 $(sha256_of "$agent_dir/agent")" ]
}

install_agent() {
  if is_installed; then
    say 'the agent file is installed already'
    return 0
  fi
  for pause in 1 2 4 8 15 30 30 30 30 30; do
    fetch_agent && return 0
    say "the agent file could not be fetched; trying again in $pause s"
    sleep "$pause"
  done
  return 1
}

install_units() {
  put "$agent_dir/setup" 0755 <<'SCRIPT' || return 1
@setup_script@
SCRIPT
  put "$unit_dir/ptp-tester-setup.service" 0644 <<UNIT || return 1
@setup_unit@
UNIT
  put "$unit_dir/ptp-tester-agent.service" 0644 <<UNIT || return 1
@agent_unit@
UNIT
  systemctl daemon-reload
}

# Each function reports its own failure: "set -e" does not hold inside a function that is followed by ||.
check_root
make_directories || give_up "the folders under ${ROOT:-/} could not be made"
open_install_log || say "there is no install log: $install_log cannot be written"
arm_dead_mans_switch || give_up "the dead-man's switch could not be armed"
write_config || give_up "the configuration could not be written to $config_dir"
install_agent || give_up "the agent file could not be installed from ${agent_url:-$controller_url}"
install_units || give_up "the services could not be written to $unit_dir"
systemctl enable --now ptp-tester-setup.service || give_up 'the setup service failed'
say 'set up: user, folders and device access'
systemctl enable --now ptp-tester-agent.service || give_up 'the agent service could not be started'
say "the agent of run $run, instance $index, is started"
