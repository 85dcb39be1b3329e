// Run by ready.sh in mongosh, on each member again and again until it succeeds: makes the replica set and the users where
// they are missing. As long as there are no users, mongod lets in whoever is on its own machine.
/* global db, fs, process, quit, rs, sleep */
const secret = (name) => fs.readFileSync('/run/secrets/' + name, 'utf8').trim();
const admin = db.getSiblingDB('admin');
const members = process.env.MEMBERS.split(' ');

const of = (database, collection) => ({ db: database, collection });

/** What the registry does, and nothing else: no dropping, no other database, no users. */
const documents = { actions: ['find', 'insert', 'update', 'remove', 'createIndex', 'createCollection'] };
const registryRole = {
  roles: [],
  privileges: [
    ...['clients', 'gateways', 'streams'].map((name) => ({ ...documents, resource: of('wscm', name) })),
    { resource: of('wscm', 'clients_view'), actions: ['find', 'createCollection', 'collMod'] },
  ],
};

const users = [
  { user: 'registry', roles: ['registry'] },
  // For people: reads the documents, and sees how the servers are.
  { user: 'reader', roles: [{ role: 'read', db: 'wscm' }, 'clusterMonitor'] },
];

function signIn() {
  try {
    return admin.auth('admin', secret('admin')).ok === 1;
  } catch {
    return false;
  }
}

function beginReplicaSet() {
  try {
    rs.status();
  } catch (error) {
    if (error.codeName !== 'NotYetInitialized' || process.env.THIS !== members[0]) throw error;
    rs.initiate({ _id: 'rs0', members: members.map((host, _id) => ({ _id, host: host + ':27017' })) });
  }
}

function makeUsers() {
  if (admin.getRole('registry')) admin.updateRole('registry', registryRole);
  else admin.createRole({ role: 'registry', ...registryRole });
  for (const { user, roles } of users)
    if (admin.getUser(user)) admin.updateUser(user, { pwd: secret(user), roles });
    else admin.createUser({ user, pwd: secret(user), roles });
}

function untilMember() {
  const isMember = ({ primary, isWritablePrimary, secondary }) => primary && (isWritablePrimary || secondary);
  for (let tries = 50; tries > 0 && !isMember(db.hello()); tries--) sleep(100);
  return isMember(db.hello());
}

const known = signIn();
beginReplicaSet();
if (!untilMember()) quit(1);
if (db.hello().isWritablePrimary) {
  if (!known) admin.createUser({ user: 'admin', pwd: secret('admin'), roles: ['root'] });
  if (!signIn()) quit(1);
  makeUsers();
}
quit(signIn() && admin.getUser('reader') ? 0 : 1);
