/**
 * Builds that are broken on purpose: one text in one built file is replaced as it is loaded, so that a promise no longer
 * holds. A checker that does not find them is worth nothing.
 */
import { join } from 'node:path';
import { REPO_ROOT } from '@wscm/system';

export interface BrokenBuild {
  /** The built file, from the root of the repository. */
  file: string;
  /** Stands there once. */
  text: string;
  instead: string;
}

export const brokenBuilds: Readonly<Record<string, BrokenBuild>> = {
  'no-guard': {
    file: 'services/registry/dist/store/client-update.js',
    text: '$max: flat(growing(facts))',
    instead: `$max: (({ lastMessageFromClient, ...others }) => others)(flat(growing(facts))),
      ...(facts.lastFrom && { $set: { lastMessageFromClient: toStored(facts.lastFrom) } })`,
  },
  'counts-each-delivery': {
    file: 'services/registry/dist/store/client-update.js',
    text: '$max: flat(growing(facts))',
    instead: `$max: (({ messagesFromClient, ...others }) => others)(flat(growing(facts))),
      $inc: { messagesFromClient: facts.lastFrom ? 1 : 0 }`,
  },
  'no-state-guard': {
    file: 'services/registry/dist/store/client-update.js',
    text: "state: ifNewer(state, '$state')",
    instead: 'state: literal(state)',
  },
  'ack-before-write': {
    file: 'services/registry/dist/uplink/uplink.js',
    text: 'handle: (batch) => this.intake.take(batch),',
    instead: 'handle: async (batch) => void this.intake.take(batch).catch(() => undefined),',
  },
  'no-reaper': {
    file: 'services/registry/dist/registry.js',
    text: 'app.get(reaper_1.Reaper).start();',
    instead: '',
  },
  'no-announcement': {
    file: 'services/gateway/dist/gateway.js',
    text: 'this.reporter.connected(session, epoch);',
    instead: ';',
  },
  'forgets-on-reconnect': {
    file: 'libs/bus/dist/outbox.js',
    text: 'this.publishAgain([...this.underWay.values()])',
    instead: '[...this.underWay.values()].forEach((entry) => this.remove(entry))',
  },
  'says-delivered-unsent': {
    file: 'services/gateway/dist/downlink/send.js',
    text: 'hub.send(session, frame)',
    instead: "(Math.random() < 0.02 ? 'delivered' : hub.send(session, frame))",
  },
};

const PRELOAD = join(REPO_ROOT, 'services/torture/broken-build.cjs');

/** The environment in which a replica runs that build; empty for none. */
export function brokenBuildEnv(name: string | undefined): NodeJS.ProcessEnv {
  const build = name === undefined ? undefined : brokenBuilds[name];
  if (!build) return {};
  return { NODE_OPTIONS: `--require=${PRELOAD}`, WSCM_BROKEN_BUILD: JSON.stringify(build) };
}
