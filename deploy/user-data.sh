#!/bin/sh
# ptp-tester user data: arms the dead-man's switch, installs the agent, starts it. Any failure is said on the console and ends the
# instance. Running it again repairs what is missing and changes nothing else; it re-arms the switch with the same span.
# Rendered by controller/src/fleet/user-data.ts, which puts one quoted value in place of each placeholder. The same text runs on EC2 and
# in local-ec2, where PTP_TESTER_ROOT names the instance's own folder and PATH begins with its power and service commands.
set -eu
umask 077

controller_url=@controller_url@
run=@run@
index=@index@
attempt=@attempt@
token=@token@
agent_sha256=@agent_sha256@
life_minutes=@life_minutes@

ROOT=${PTP_TESTER_ROOT:-}
agent_dir=$ROOT/opt/ptp-tester
config_dir=$ROOT/etc/ptp-tester
state_dir=$ROOT/var/lib/ptp-tester
unit_dir=$ROOT/etc/systemd/system
unit=ptp-tester-agent.service

# What is said here is read through GetConsoleOutput when the agent never appears.
say() {
  printf 'ptp-tester: %s\n' "$*" >&2
  if [ -z "$ROOT" ] && [ -w /dev/console ]; then
    printf 'ptp-tester: %s\n' "$*" >/dev/console 2>/dev/null || :
  fi
}

give_up() {
  say "FAILED: $*. The instance powers off."
  shutdown -h now || poweroff || :
  exit 1
}

# The instance ends by itself when everything else is lost. The agent's lease takes over once it runs and survives reboots.
arm_dead_mans_switch() {
  shutdown -h "+$life_minutes" || give_up 'the power-off timer could not be armed'
  say "armed: powers off in $life_minutes minutes whatever happens"
}

# The folder goes into JSON and into a unit file, neither of which is quoted further.
check_root() {
  case $ROOT in
    *[!A-Za-z0-9/._-]*) give_up "PTP_TESTER_ROOT may hold only letters, digits and / . _ -, not: $ROOT" ;;
  esac
}

make_directories() {
  mkdir -p "$agent_dir" "$config_dir" "$state_dir" "$unit_dir" &&
    chmod 0755 "$agent_dir" "$unit_dir" &&
    chmod 0700 "$config_dir" "$state_dir"
}

write_config() {
  cat >"$config_dir/agent.json.new" <<CONFIG || return 1
{
  "controller_url": "$controller_url",
  "run": "$run",
  "index": $index,
  "attempt": $attempt,
  "token": "$token",
  "state_dir": "$state_dir"
}
CONFIG
  mv -f "$config_dir/agent.json.new" "$config_dir/agent.json"
}

is_agent() {
  [ -f "$1" ] && [ "$(sha256sum <"$1" | cut -d ' ' -f 1)" = "$agent_sha256" ]
}

fetch_agent() {
  curl --fail --silent --show-error --connect-timeout 10 --max-time 300 \
    --output "$agent_dir/agent.new" "$controller_url/v1/agent-file/$agent_sha256" || return 1
  is_agent "$agent_dir/agent.new" || {
    say 'what came is not the agent file that was announced (sha256 differs)'
    return 1
  }
}

install_agent() {
  is_agent "$agent_dir/agent" && return 0
  for pause in 1 2 4 8 15 30 30 30 30 30; do
    if fetch_agent; then
      chmod 0755 "$agent_dir/agent.new" && mv -f "$agent_dir/agent.new" "$agent_dir/agent"
      return
    fi
    say "the agent file could not be fetched from $controller_url; trying again in $pause s"
    sleep "$pause"
  done
  return 1
}

write_unit() {
  cat >"$unit_dir/$unit.new" <<UNIT || return 1
@unit@
UNIT
  chmod 0644 "$unit_dir/$unit.new" && mv -f "$unit_dir/$unit.new" "$unit_dir/$unit"
}

# Each function reports its own failure: "set -e" does not hold inside a function that is followed by ||.
arm_dead_mans_switch
check_root
make_directories || give_up "the folders under ${ROOT:-/} could not be made"
write_config || give_up "the configuration could not be written to $config_dir"
install_agent || give_up "the agent file could not be installed from $controller_url"
write_unit || give_up "the service could not be written to $unit_dir"
systemctl daemon-reload || give_up 'systemctl daemon-reload failed'
systemctl enable --now "$unit" || give_up 'the agent service could not be started'
say "the agent of run $run, instance $index, is started"
