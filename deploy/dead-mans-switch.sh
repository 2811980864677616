#!/bin/sh
# The dead-man's switch of an instance: powers it off when the uptime it has consumed reaches its limit, whatever became of agent,
# network and controller. It counts uptime, which no one can set, on disk: reboots neither stop it nor begin it anew. With the instance's
# shutdown behaviour "terminate" that ends what costs money.
# Usage: dead-mans-switch LIFE_S ORDER_FILE STATE_FOLDER [PROC]
# The unprivileged agent may order `disarmed`, `armed` or `fire` (agent/src/dead-mans-switch.ts); the answer lies in STATE_FOLDER.
set -u
umask 022
life_s=$1 order_file=$2 folder=$3 proc=${4:-/proc}

say() {
  printf 'ptp-tester switch: %s\n' "$*"
}

# On the disk before it takes the place of the one before: a power cut must not leave an empty file, which would be a count from zero.
put() {
  printf '%s\n' "$2" >"$folder/$1.new" || return 1
  sync "$folder/$1.new" 2>/dev/null || :
  mv -f "$folder/$1.new" "$folder/$1"
}

power_off() {
  say "$1; the instance powers off"
  shutdown -h now || poweroff
}

# "<boot id> <uptime when written> <consumed until then>"; seconds.
recall() {
  read -r boot <"$proc/sys/kernel/random/boot_id"
  read -r up _ <"$proc/uptime"
  # Counting begins when the switch is first armed.
  stored_boot='' stored_up='' stored=''
  if [ -r "$folder/consumed" ]; then read -r stored_boot stored_up stored <"$folder/consumed" || :; fi
  case ${stored_up:-x}${stored:-x} in *[!0-9]*) stored_boot=$boot stored_up=${up%%.*} stored=0 ;; esac
  # Within the boot that it was written in, the uptime until then is in it; another boot began from zero.
  [ "$stored_boot" = "$boot" ] || stored_up=0
  state=armed
  if [ -r "$folder/answer" ]; then read -r state <"$folder/answer" || :; fi
}

count() {
  read -r up _ <"$proc/uptime"
  consumed=$((stored + ${up%%.*} - stored_up))
}

obey() {
  order=''
  if [ -r "$order_file" ]; then read -r order <"$order_file" || :; fi
  case $order in
    *fire*) power_off 'the agent asked for it' ;;
    *disarmed*) wanted=disarmed ;;
    *armed*) wanted=armed ;;
  esac
  [ "$wanted" = "$state" ] && return
  put answer "$wanted" || return
  state=$wanted
  say "$state"
}

mkdir -p "$folder"
recall
wanted=$state
put answer "$state"
say "$state, limit $life_s s of uptime, $stored s of it consumed before"
ticks=0
while :; do
  count
  # Once a minute is often enough: what a reboot takes away is at most that.
  if [ $((ticks % 12)) -eq 0 ]; then put consumed "$boot ${up%%.*} $consumed"; fi
  ticks=$((ticks + 1))
  obey
  if [ "$state" != disarmed ] && [ "$consumed" -ge "$life_s" ]; then power_off "$consumed s of uptime are consumed"; fi
  sleep 5
done
