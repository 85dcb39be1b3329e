#!/bin/bash
# The health of one mongod: ready for good once it belongs to a replica set with a primary, and its users are made. From
# then on it is only looked whether it listens: mongosh takes most of a second of CPU each time.
#   ready.sh MEMBER...   the members of the set; the first one makes it
set -e
exec 3<>/dev/tcp/127.0.0.1/27017
if [ -e /tmp/is-ready ]; then exit; fi
export MEMBERS="$*" THIS=${HOSTNAME}
timeout 55 "$(dirname "$0")/mongosh" --of-nobody --quiet --norc /deploy/mongo/ready.js
touch /tmp/is-ready
