// `npm run compare:uws -- [TAG]`: compares the installed binary of uWebSockets.js for this machine byte for byte with the
// one in upstream's git tag. Without TAG, looks for the tag that was built from the same source as the package says.
//   exit code 0: the same; 1: another; 2: could not be compared, e.g. because GitHub can't be reached
//   UPSTREAM_FILES, UPSTREAM_TAGS: where to ask in place of GitHub
/* global fetch, AbortSignal, Buffer */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FILES = process.env.UPSTREAM_FILES ?? 'https://raw.githubusercontent.com/uNetworking/uWebSockets.js';
const TAGS = process.env.UPSTREAM_TAGS ?? 'https://api.github.com/repos/uNetworking/uWebSockets.js/tags?per_page=100';
const TIMEOUT_MS = 60_000;
const NOT_COMPARED = 2;

const folder = fileURLToPath(new URL('../node_modules/uWebSockets.js/', import.meta.url));
const name = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

async function get(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

/** Upstream's file `source_commit` tells what a tag was built from. */
async function tagOfSameSource() {
  const source = readFileSync(`${folder}source_commit`, 'utf8').trim();
  const tags = JSON.parse(await get(TAGS)).map((tag) => tag.name);
  for (const tag of tags) if ((await get(`${FILES}/${tag}/source_commit`))?.toString().trim() === source) return tag;
  throw new Error(`no tag was built from ${source}; name one`);
}

async function compare() {
  const installed = readFileSync(folder + name);
  const tag = process.argv[2] ?? (await tagOfSameSource());
  const upstream = await get(`${FILES}/${tag}/${name}`);
  if (!upstream) throw new Error(`${tag} has no ${name}`);
  const same = installed.equals(upstream);
  console.log(`${name}: ${same ? 'the same as' : 'ANOTHER THAN'} in upstream's tag ${tag}`);
  console.log(`  installed ${digest(installed)}\n  upstream  ${digest(upstream)}`);
  return same ? 0 : 1;
}

try {
  process.exitCode = await compare();
} catch (error) {
  console.error(`NOT COMPARED: ${error.cause?.message ?? error.message}`);
  process.exitCode = NOT_COMPARED;
}
