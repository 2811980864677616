#!/bin/sh
# What the controller asks an instance through SSM (AWS-RunShellScript) when no agent came or its setup failed.
# It only reads, prints no configuration of the agent, and bounds each part. Off unless the operator gave --ssm-diagnostics.
part() {
  echo "== $*"
  timeout 5 "$@" 2>&1 | tail -c 4000
}

date -u '+%Y-%m-%dT%H:%M:%SZ'
uname -r
for unit in ptp-tester-setup ptp-tester-agent ptp-tester-dead-mans-switch; do
  part journalctl -u "$unit.service" -n 40 --no-pager -o short-iso
done
part cat "${PTP_TESTER_ROOT:-}/var/lib/ptp-tester-switch/install.log"
part chronyc -n tracking
part chronyc -n sources
for clock in "${PTP_TESTER_ROOT:-}"/sys/class/ptp/ptp*; do
  [ -r "$clock/clock_name" ] && echo "$clock $(cat "$clock/clock_name")"
done
ls -l /dev/ptp* 2>&1
part modinfo ena
echo '== kernel messages of ena and ptp'
dmesg 2>&1 | grep -iE 'ena|ptp|phc' | tail -n 30 | tail -c 4000
echo '== end'
