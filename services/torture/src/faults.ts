/** The faults that are injected: each resolves when it has struck, with what heals it. */
import { subjectsOf } from '@wscm/contracts';
import type { Archive } from './check/archive';
import type { Herd } from './load/herd';
import type { Operators } from './load/operators';
import type { Random } from './random';
import type { Member, MemberKind } from './site/member';
import type { Site } from './site/site';
import { fillStore } from './site/store-filler';
import { untilTrue } from './wait';

export interface Scene {
  site: Site;
  random: Random;
  herd: Herd;
  operators: Operators;
  archive: Archive;
  leaseTtlMs: number;
  /** What this fault may do to answers, until it is healed; told beforehand. `gatewayId` null: all gateways. */
  disturb: (gatewayId: string | null) => void;
  /** A gateway does not live any more. */
  gone: (gatewayId: string) => void;
  /** A gateway ended without being able to tell the last it knew. */
  died: (gatewayId: string) => void;
  /** JetStream is about to refuse what it is told. */
  refuses: () => void;
  /** The stream is about to be deleted. */
  losesStream: () => void;
  /** Something that must not be. */
  violation: (promise: string, about: string, seen: string) => void;
}

type Heal = () => Promise<void> | void;

export interface Fault {
  name: string;
  weight: number;
  /** How long it lasts, in milliseconds. */
  lasts: readonly [least: number, most: number];
  /** Faults of one group do not strike at the same time. */
  group: 'gateway' | 'registry' | 'nats' | 'mongo' | 'clients';
  strike: (scene: Scene) => Promise<Heal> | Heal;
}

const subjects = subjectsOf('wscm');
const STREAM_MS = 30_000;
const none: Heal = () => undefined;
/** Longer than the acknowledgement wait of 30 s. */
const STALL_MS = 33_000;
/** More than DRAIN_TIMEOUT_MS, in which a replica must have ended. */
const END_MS = 28_000;

export const faults: readonly Fault[] = [
  {
    name: 'kill a registry',
    weight: 3,
    lasts: [500, 6_000],
    group: 'registry',
    strike: (scene) => kill(scene, 'registry'),
  },
  {
    name: 'end a registry',
    weight: 2,
    lasts: [500, 3_000],
    group: 'registry',
    strike: (scene) => end(scene, 'registry'),
  },
  { name: 'freeze a registry', weight: 2, lasts: [1_000, 8_000], group: 'registry', strike: freezeRegistry },
  { name: 'stall a registry', weight: 1, lasts: [STALL_MS, STALL_MS], group: 'registry', strike: freezeRegistry },
  {
    name: 'cut a registry off',
    weight: 2,
    lasts: [500, 8_000],
    group: 'registry',
    strike: (scene) => cutOff(scene, 'registry'),
  },
  { name: 'add a registry', weight: 1, lasts: [2_000, 8_000], group: 'registry', strike: addRegistry },
  {
    name: 'kill a gateway',
    weight: 3,
    lasts: [500, 6_000],
    group: 'gateway',
    strike: (scene) => kill(scene, 'gateway'),
  },
  { name: 'end a gateway', weight: 2, lasts: [500, 3_000], group: 'gateway', strike: (scene) => end(scene, 'gateway') },
  { name: 'freeze a gateway', weight: 3, lasts: [500, 9_000], group: 'gateway', strike: freezeGateway },
  {
    name: 'cut a gateway off',
    weight: 3,
    lasts: [300, 9_000],
    group: 'gateway',
    strike: (scene) => cutOff(scene, 'gateway'),
  },
  { name: 'kill NATS', weight: 2, lasts: [0, 1_000], group: 'nats', strike: killNats },
  { name: 'NATS away', weight: 1, lasts: [4_000, 30_000], group: 'nats', strike: killNats },
  { name: 'delete the consumer', weight: 2, lasts: [0, 0], group: 'nats', strike: deleteConsumer },
  { name: 'delete the stream', weight: 1, lasts: [0, 0], group: 'nats', strike: deleteStream },
  { name: 'JetStream out of space', weight: 1, lasts: [1_000, 8_000], group: 'nats', strike: outOfSpace },
  { name: 'poison', weight: 1, lasts: [0, 0], group: 'nats', strike: poison },
  { name: 'kill the MongoDB primary', weight: 2, lasts: [0, 6_000], group: 'mongo', strike: killPrimary },
  { name: 'kill MongoDB', weight: 1, lasts: [500, 10_000], group: 'mongo', strike: killMongo },
  { name: 'freeze the MongoDB primary', weight: 2, lasts: [500, 25_000], group: 'mongo', strike: freezePrimary },
  { name: 'freeze MongoDB', weight: 1, lasts: [500, 25_000], group: 'mongo', strike: freezeMongo },
  { name: 'step the MongoDB primary down', weight: 3, lasts: [0, 3_000], group: 'mongo', strike: stepDown },
  { name: 'slow readers', weight: 2, lasts: [500, 3_000], group: 'clients', strike: slowReaders },
  { name: 'all clients drop at once', weight: 1, lasts: [0, 0], group: 'clients', strike: dropAll },
];

/** After another fault of NATS: until there is something again that this one can strike. */
const untilStreamThere = ({ site }: Scene): Promise<void> =>
  untilTrue(
    async () => (await (await site.nats.jetstreamManager()).streams.info(subjects.stream)).created !== '',
    STREAM_MS,
    'the stream is there',
  );

const anyOf = ({ site, random }: Scene, kind: MemberKind): Member =>
  random.pick(kind === 'gateway' ? site.gateways : site.registries);

async function kill(scene: Scene, kind: MemberKind): Promise<Heal> {
  const member = anyOf(scene, kind);
  if (kind === 'gateway') {
    scene.disturb(member.gatewayId);
    scene.died(member.gatewayId);
  }
  scene.site.dismiss(member);
  await member.kill();
  return () => replace(scene, kind);
}

function end(scene: Scene, kind: MemberKind): Heal {
  const member = anyOf(scene, kind);
  // Where MongoDB is away for longer than a term, it can't give back its lease, and whoever is found late is told lost.
  if (kind === 'gateway') scene.gone(member.gatewayId);
  scene.site.dismiss(member);
  const ended = member.end(END_MS).then((code) => {
    // With NATS or MongoDB away meanwhile it may not be able to tell all that it knew, and then says so by its code.
    if (code !== 0 && kind === 'gateway') scene.died(member.gatewayId);
    if (code !== 0 && code !== 1)
      scene.violation('a replica that is told to end does', member.name, `exit code ${code}`);
  });
  return async () => {
    await Promise.all([ended, replace(scene, kind)]);
  };
}

const replace = async ({ site }: Scene, kind: MemberKind): Promise<void> => {
  await site.add(kind);
};

function freezeRegistry(scene: Scene): Heal {
  const member = anyOf(scene, 'registry');
  member.freeze();
  return () => member.thaw();
}

function freezeGateway(scene: Scene): Heal {
  const member = anyOf(scene, 'gateway');
  scene.disturb(member.gatewayId);
  member.freeze();
  return () => member.thaw();
}

function cutOff(scene: Scene, kind: MemberKind): Heal {
  const member = anyOf(scene, kind);
  if (kind === 'gateway') scene.disturb(member.gatewayId);
  member.cutOff(scene.random.pick(['refused', 'silent']));
  return () => member.mend();
}

async function addRegistry({ site }: Scene): Promise<Heal> {
  const member = await site.add('registry');
  return async () => {
    site.dismiss(member);
    await member.end(END_MS);
  };
}

async function killNats({ site, disturb }: Scene): Promise<Heal> {
  disturb(null);
  return site.killNats();
}

async function deleteConsumer(scene: Scene): Promise<Heal> {
  const { site, disturb } = scene;
  await untilStreamThere(scene);
  disturb(null);
  const jsm = await site.nats.jetstreamManager();
  const remove = () => jsm.consumers.delete(subjects.stream, subjects.consumer);
  await untilTrue(remove, STREAM_MS, 'the consumer is there');
  return none;
}

async function deleteStream(scene: Scene): Promise<Heal> {
  const { site, archive, disturb, losesStream } = scene;
  await untilStreamThere(scene);
  disturb(null);
  const jsm = await site.nats.jetstreamManager();
  await archive.read();
  losesStream();
  await jsm.streams.delete(subjects.stream);
  return none;
}

async function outOfSpace(scene: Scene): Promise<Heal> {
  const { site, disturb, refuses } = scene;
  await untilStreamThere(scene);
  disturb(null);
  refuses();
  return fillStore(site.nats);
}

/** Events that no gateway would publish: they must end up aside, and hold up nobody. */
async function poison(scene: Scene): Promise<Heal> {
  const { site, random, herd } = scene;
  await untilStreamThere(scene);
  const about = herd.histories[0]?.replyId ?? 'nobody.nobody';
  const kinds = ['message', 'connected', 'nonsense'];
  for (let each = 0; each < 5; each++)
    site.nats.publish(`wscm.events.${random.pick(kinds)}.${about}`, 'not what it seems');
  await site.nats.flush();
  return none;
}

async function killPrimary({ site, disturb }: Scene): Promise<Heal> {
  disturb(null);
  return site.mongo.killPrimary();
}

async function killMongo({ site, disturb }: Scene): Promise<Heal> {
  disturb(null);
  return site.mongo.killAll();
}

async function freezePrimary({ site, disturb }: Scene): Promise<Heal> {
  disturb(null);
  return site.mongo.freezePrimary();
}

function freezeMongo({ site, disturb }: Scene): Heal {
  disturb(null);
  return site.mongo.freezeAll();
}

async function stepDown({ site, disturb }: Scene): Promise<Heal> {
  disturb(null);
  await site.mongo.stepDown();
  return none;
}

/** Clients that read nothing while they are sent more than a socket may keep. */
async function slowReaders({ herd, operators, random }: Scene): Promise<Heal> {
  const slow = herd.living.slice(0, random.between(1, 3));
  for (const client of slow) {
    client.stopReading();
    for (let each = 0; each < 60 && client.open; each++)
      await operators.send(client.history.replyId, {
        type: 'text',
        message: `${client.history.replyId}-${each}`.padEnd(100_000, '.'),
      });
  }
  return () => {
    for (const client of slow) client.readAgain();
  };
}

function dropAll({ herd }: Scene): Heal {
  herd.cutAll();
  return none;
}
