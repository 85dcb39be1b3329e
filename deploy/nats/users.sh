#!/bin/sh
# Prints the accounts of NATS, its users and what each may do, as nats-server's configuration has it.
#   users.sh FOLDER GATEWAY_NAME...
# FOLDER holds the passwords, in files called gateway-<GATEWAY_NAME>, registry, operator, extension, admin and system; who
# has no file there is left out. WSCM_PREFIX as the services have it. docs/security.md tells of each user.
set -eu
folder=$1
shift
p=${WSCM_PREFIX:-wscm}
P=$(printf %s "$p" | tr '[:lower:]' '[:upper:]')

# Each argument becomes a quoted element of a list.
list() {
  printf '["%s"' "$1"
  shift
  for subject in "$@"; do printf ', "%s"' "$subject"; done
  printf ']'
}

# user NAME PUBLISH SUBSCRIBE [RESPONSES]: lists as of `list`. Who may answer, may do so once to each request, for 30 s.
user() {
  [ -f "$folder/$1" ] || return 0
  printf '      { user: "%s", password: "%s", permissions: {\n' "$1" "$(cat "$folder/$1")"
  printf '        publish: { allow: %s }\n        subscribe: { allow: %s }\n' "$2" "$3"
  [ -z "${4:-}" ] || printf '        allow_responses: { max: 1, expires: "30s" }\n'
  printf '      } }\n'
}

# Streams are looked for, and made where they are missing.
streams="\$JS.API.STREAM.INFO.${P}_EVENTS \$JS.API.STREAM.CREATE.${P}_EVENTS
  \$JS.API.STREAM.INFO.${P}_DEAD_LETTERS \$JS.API.STREAM.CREATE.${P}_DEAD_LETTERS"

# What tells about the streams, and the events themselves, once they have happened.
look="\$JS.API.INFO \$JS.API.STREAM.INFO.* \$JS.API.STREAM.NAMES \$JS.API.STREAM.LIST \$JS.API.STREAM.MSG.GET.${P}_EVENTS
  \$JS.API.CONSUMER.INFO.> \$JS.API.CONSUMER.NAMES.* \$JS.API.CONSUMER.LIST.*"

# For those who listen by HTTP: consumers of its own under random names, and what a client connected with.
own="\$JS.API.CONSUMER.CREATE.${P}_EVENTS.*.$p.events.> \$JS.API.CONSUMER.INFO.${P}_EVENTS.*
  \$JS.API.CONSUMER.MSG.NEXT.${P}_EVENTS.* \$JS.API.STREAM.MSG.GET.${P}_EVENTS"

# Takes from a consumer of its own, which admin makes: who may make one, may have it deliver to any subject.
take="\$JS.API.CONSUMER.MSG.NEXT.${P}_EVENTS.extension \$JS.ACK.${P}_EVENTS.extension.>"

set -f
echo 'accounts {'
echo '  WSCM {'
echo '    jetstream: enabled'
echo '    users: ['
# shellcheck disable=SC2086
{
  for name in "$@"; do
    user "gateway-$name" "$(list "$p.events.>" "$p.leases.renew" "$p.leases.release" $streams)" \
      "$(list "_INBOX_gateway-$name.>" "$p.commands.$name.>" "$p.commands.all.*")" answers
  done
  user registry "$(list "$p.commands.>" "$p.events.disconnected.>" "$p.dead.>" "$p.registries.status" $streams \
    "\$JS.API.CONSUMER.INFO.${P}_EVENTS.$p-registry" "\$JS.API.CONSUMER.CREATE.${P}_EVENTS.$p-registry.>" \
    "\$JS.API.CONSUMER.DURABLE.CREATE.${P}_EVENTS.$p-registry" \
    $own "\$JS.API.CONSUMER.MSG.NEXT.${P}_EVENTS.$p-registry" "\$JS.ACK.${P}_EVENTS.$p-registry.>")" \
    "$(list "_INBOX_registry.>" "$p.clients.>" "$p.gateways.*" "$p.registries.*" "$p.leases.*" "\$SRV.>")" answers
  user operator "$(list "$p.clients.>" "$p.gateways.list" "$p.registries.list" "\$SRV.>" $look)" "$(list "_INBOX.>" "$p.events.>")"
  user extension "$(list $look $take)" "$(list "_INBOX_extension.>" "$p.events.>")"
}
[ ! -f "$folder/admin" ] || printf '      { user: "admin", password: "%s" }\n' "$(cat "$folder/admin")"
echo '    ]'
echo '  }'
if [ -f "$folder/system" ]; then
  printf '  SYS { users: [ { user: "system", password: "%s" } ] }\n' "$(cat "$folder/system")"
  echo '}'
  echo 'system_account: SYS'
else
  echo '}'
fi
