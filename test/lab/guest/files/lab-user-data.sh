#!/bin/bash
# Stands in for cloud-init where its 10 s of emulated time are not the point: takes the user data once, by IMDSv2, and runs it.
set -eu
metadata=http://169.254.169.254/latest
done_file=/var/lib/cloud/lab-user-data-done
[ ! -e "$done_file" ] || exit 0
for _ in $(seq 200); do
  token=$(curl -sf -m 2 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$metadata/api/token") && break
  sleep 0.1
done
mkdir -p /var/lib/cloud
curl -sf -m 10 -H "X-aws-ec2-metadata-token: $token" "$metadata/user-data" -o /run/lab-user-data
touch "$done_file"
chmod 0700 /run/lab-user-data
exec /run/lab-user-data
