#!/bin/sh
# The first process of an instance: builds its network and its root, gives up its rights, and then only reaps.
# Called by namespace-machine.ts in new net, mount, pid, uts, ipc namespaces, within the mounts of the VPC; everything comes
# in variables. Prints `ready PID`, its pid on this machine, or an error. Whatever it made ends with it.
set -eu
exec 2>&1
: "${vpc_pid:?}" "${farm:?}" "${disk:?}" "${folder:?}" "${link:?}" "${ip:?}" "${mac:?}" "${gateway:?}" "${host_name:?}" "${bounding_set:?}" \
  "${packet_filter:?}"

# /proc is still this machine's, so this is the pid as this machine sees it.
read -r host_pid _ </proc/self/stat
echo "$host_name" >/proc/sys/kernel/hostname

ip -batch - <<BATCH
link set lo up
link add eth0 address $mac type veth peer name $link netns /proc/$vpc_pid/ns/net
addr add $ip/16 dev eth0
link set eth0 up
route add 169.254.169.254/32 dev eth0
route add default via $gateway
BATCH
nsenter --net="/proc/$vpc_pid/ns/net" ip link set "$link" master br0 up

# What its security groups let through; everything else is dropped without a word. It may change while the instance runs.
nft "$packet_filter"

root=$disk/root
mount -t overlay -o "nodev,lowerdir=$farm/image:/,upperdir=$disk/upper,workdir=$disk/work" ptp-tester-root "$root"
cd "$root"
mkdir -p opt root home srv mnt media var/log var/tmp var/lib/cloud/instance/scripts etc/systemd/system \
  etc/modprobe.d etc/udev/rules.d proc sys dev run tmp
chmod 700 root
chmod 1777 var/tmp
if mountpoint -q /usr; then mount --rbind -o ro /usr usr; fi
mount --bind "$folder/etc/systemd/system" etc/systemd/system
mount -t proc -o nosuid,nodev,noexec proc proc
for path in proc/sys proc/sysrq-trigger proc/irq proc/bus; do
  if [ -e "$path" ]; then mount -o bind,ro "$path" "$path"; fi
done
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
mount -o bind,ro "$farm/dev" dev
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
mount -t tmpfs -o nosuid,nodev,mode=1777 shm dev/shm
mount -t tmpfs -o nosuid,nodev,mode=755 run run
mount -t tmpfs -o nosuid,nodev,mode=1777 tmp tmp
# Each boot has an id of its own; the kernel has one for the whole machine.
cat proc/sys/kernel/random/uuid >run/boot-id
mount -o bind,ro run/boot-id proc/sys/kernel/random/boot_id
mkdir -p run/local-ec2/program run/local-ec2/shims run/lock
mount --rbind "$farm/program" run/local-ec2/program
mount -o remount,bind,ro run/local-ec2/program
mount -o bind,ro "$folder/shims" run/local-ec2/shims
echo "$host_name" >etc/hostname

# pivot_root(2), "pivot_root(".", ".")": the old root lies under the new one, and goes with everything that hangs on it.
pivot_root . .
umount -l .
cd /
echo "ready $host_pid"
exec >/dev/null 2>&1 </dev/null
# shellcheck disable=SC2016 # expanded by the inner shell
exec setpriv --bounding-set "$bounding_set" env -i PATH="$PATH" \
  sh -c 'trap : HUP INT TERM; while :; do sleep 86400 & wait; done'
