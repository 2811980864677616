#!/bin/sh
# The VPC of an endpoint: a network namespace with a bridge and the address of the metadata service, and a mount namespace
# with what all instances share. Both end with this process, which ends with its standard input.
# Called by vpc.ts in new net and mount namespaces, as: vpc.sh FARM PREFIX LEG HOST_NET NODE SHIM_FOLDER
# Prints `ready`, or `taken` and ends when another endpoint has the network, or an error.
set -eu
umask 022
[ $# -eq 6 ] || { echo 'vpc.sh: six arguments are needed'; exit 2; }
farm=$1 prefix=$2 leg=$3 host_net=$4 node=$5 shims=$6
exec 2>&1

case $farm in
  /*/vpc) ;;
  *) echo "vpc.sh: not a folder for a VPC: $farm"; exit 2 ;;
esac

# The network first: its name is what tells endpoints apart.
if ! said=$(ip link add uplink type veth peer name "$leg" netns "$host_net" 2>&1); then
  case $said in
    *'File exists'*) echo taken; exit 3 ;;
    *) echo "$said"; exit 1 ;;
  esac
fi

# The bridge has a MAC of its own: otherwise it takes that of a port, and changes it, whenever an instance comes or goes.
ip -batch - <<BATCH
link add br0 address 02:00:0a:fe:00:02 type bridge forward_delay 0 stp_state 0
link set lo up
link set br0 up
link set uplink master br0
link set uplink up
addr add $prefix.0.2/16 dev br0
addr add 169.254.169.254/32 dev br0
BATCH
nsenter --net="$host_net" ip -batch - <<BATCH
addr add $prefix.0.1/16 dev $leg
link set $leg up
BATCH

# Its own file system: a layer of an overlay may not lie within another layer, and the lowest is the whole of /.
mkdir -p "$farm"
mount -t tmpfs -o mode=755,size=64m ptp-tester-vpc "$farm"
mkdir -p "$farm/image/etc/systemd" "$farm/image/var/lib" "$farm/image/usr/bin" "$farm/image/usr/sbin" \
  "$farm/dev/pts" "$farm/dev/shm" "$farm/program"

# A whiteout (0:0) hides what this machine has there; each instance begins with an empty folder.
for path in opt root home srv mnt media var/log var/tmp var/lib/cloud var/lib/ptp-tester etc/ptp-tester \
  etc/systemd/system; do
  if [ -d "/$path" ]; then
    mkdir -p "$(dirname "$farm/image/$path")"
    mknod "$farm/image/$path" c 0 0
  fi
done
echo 'nameserver 127.0.0.1' >"$farm/image/etc/resolv.conf"
printf '127.0.0.1 localhost\n::1 localhost\n' >"$farm/image/etc/hosts"

# Power and services are answered by the endpoint, under every name that they are called by.
for folder in usr/sbin usr/bin sbin bin; do
  if [ ! -d "/$folder" ] || [ -L "/$folder" ]; then continue; fi
  mkdir -p "$farm/image/$folder"
  for name in systemctl journalctl shutdown poweroff halt reboot init telinit; do
    ln -s "/run/local-ec2/shims/$name" "$farm/image/$folder/$name"
  done
done

mknod -m 666 "$farm/dev/null" c 1 3
mknod -m 666 "$farm/dev/zero" c 1 5
mknod -m 666 "$farm/dev/full" c 1 7
mknod -m 666 "$farm/dev/random" c 1 8
mknod -m 666 "$farm/dev/urandom" c 1 9
mknod -m 666 "$farm/dev/tty" c 5 0
ln -s /proc/self/fd "$farm/dev/fd"
ln -s /proc/self/fd/0 "$farm/dev/stdin"
ln -s /proc/self/fd/1 "$farm/dev/stdout"
ln -s /proc/self/fd/2 "$farm/dev/stderr"
ln -s pts/ptmx "$farm/dev/ptmx"

# Node and the shims' program under one name, wherever this machine has them. Read-only: they are this machine's own files.
: >"$farm/program/node"
mount -o bind,ro "$node" "$farm/program/node"
mkdir "$farm/program/shims"
mount -o bind,ro "$shims" "$farm/program/shims"

# Fails here, with the kernel's reason, rather than at the first instance.
mkdir -p "$farm/try/upper" "$farm/try/work" "$farm/try/root"
mount -t overlay -o "lowerdir=$farm/image:/,upperdir=$farm/try/upper,workdir=$farm/try/work" ptp-tester-try "$farm/try/root"
umount "$farm/try/root"

echo ready
exec cat >/dev/null
