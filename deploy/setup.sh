#!/bin/sh
# Once at each boot, with root's rights: gives the unprivileged agent its user, its folders, and read access to the PTP hardware clocks.
# Usage: setup ROOT. With a ROOT (local-ec2 runs instances as plain processes) there is no user to make and no device to open.
set -eu
[ -z "${1:-}" ] || exit 0
user=ptp-tester

id "$user" >/dev/null 2>&1 || useradd --system --home-dir /var/lib/ptp-tester --no-create-home --shell /sbin/nologin "$user"
install -d -m 0700 -o "$user" -g "$user" /var/lib/ptp-tester
chown -R "$user:$user" /var/lib/ptp-tester
chgrp "$user" /etc/ptp-tester /etc/ptp-tester/agent.json
chmod 0750 /etc/ptp-tester
chmod 0640 /etc/ptp-tester/agent.json

# The nodes are root's alone by default. Reading is enough for every PTP_SYS_OFFSET call.
cat >/etc/udev/rules.d/60-ptp-tester.rules <<RULES
SUBSYSTEM=="ptp", GROUP="$user", MODE="0640"
SUBSYSTEM=="ptp", ATTR{clock_name}=="ena-ptp-*", SYMLINK+="ptp_ena"
KERNEL=="vmclock[0-9]*", GROUP="$user", MODE="0440"
RULES
udevadm control --reload-rules
udevadm trigger --settle --subsystem-match=ptp --subsystem-match=misc || udevadm trigger

# What the plan asks of PHC and chrony is done with root's rights whenever the agent has stored a plan.
# Without it the instance still measures what is there, so that is no reason to give it up.
if [ -x /opt/ptp-tester/agent ]; then
  /opt/ptp-tester/agent setup --config /etc/ptp-tester/agent.json --install || echo 'ptp-tester setup: the PHC is not set up'
fi
