#!/bin/sh
# Makes what is missing of the secrets of a Compose project, each part of the system's in a volume of its own below
# /secrets; those that are there stay. NATS_SERVERS, NATS_ROUTES, MONGODB_SERVERS: hosts with ports, joined by commas.
#   secrets.sh [SECRET...]
# Those named are made anew, e.g. nats/registry or registry/key-of-operator; docs/security.md tells what to do besides.
set -eu
umask 077

random() { head -c 24 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

# secret FILE: made once
secret() {
  [ -s "$1" ] && return 0
  random > "$1.new"
  mv "$1.new" "$1"
}

# put FILE OWNER, with what is on standard input
put() {
  cat > "$1.new"
  chown "$2" "$1.new"
  chmod 400 "$1.new"
  mv "$1.new" "$1"
}

# nats_url USER: at every server
nats_url() {
  password=$(cat "/secrets/nats/$1")
  printf %s "$NATS_SERVERS" | tr , '\n' | sed "s,^,nats://$1:$password@," | tr '\n' , | sed 's/,$//'
}

cd /secrets
for name in "$@"; do
  case $name in
    *..* | nats/users.conf | nats/routes.conf | mongo/keyfile | mongo/key | mongo/admin) known=no ;;
    nats/* | mongo/* | registry/key-of-operator | gateway/key-of-tokens) known=yes ;;
    *) known=no ;;
  esac
  [ $known = yes ] && [ -s "$name" ] || { echo "no secret that can be renewed: $name" >&2; exit 1; }
done
for name in "$@"; do rm "$name"; done
for user in "gateway-$GATEWAY_NAME" registry operator extension admin system; do secret "nats/$user"; done
for user in registry reader admin; do secret "mongo/$user"; done
secret mongo/key
secret registry/key-of-operator
secret gateway/key-of-tokens

/deploy/nats/users.sh /secrets/nats "$GATEWAY_NAME" | put nats/users.conf 0:0
nats_url "gateway-$GATEWAY_NAME" | put gateway/nats-url 1000:1000
nats_url registry | put registry/nats-url 1000:1000
for user in operator extension admin system; do nats_url $user | put operator/nats-url-of-$user 0:0; done

# of a cluster
if [ -n "${NATS_ROUTES:-}" ]; then
  secret nats/routes
  password=$(cat nats/routes)
  {
    printf 'authorization { user: routes, password: "%s" }\nroutes: [\n' "$password"
    printf '%s\n' "$NATS_ROUTES" | tr , '\n' | sed "s,^,  nats://routes:$password@,"
    printf ']\n'
  } | put nats/routes.conf 0:0
fi

# the user of mongod's image
put mongo/keyfile 999:999 < mongo/key
printf 'mongodb://registry:%s@%s/wscm?replicaSet=rs0&authSource=admin&w=majority' "$(cat mongo/registry)" "$MONGODB_SERVERS" |
  put registry/mongodb-url 1000:1000
printf 'operator:read+send+admin:%s\n' "$(cat registry/key-of-operator)" | put registry/api-keys 1000:1000
put gateway/jwt-key 1000:1000 < gateway/key-of-tokens
put operator/jwt-key 0:0 < gateway/key-of-tokens
put operator/api-key 0:0 < registry/key-of-operator
chmod 755 gateway registry nats mongo operator
