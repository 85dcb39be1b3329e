/** docs/logs.md lists every event that the services log, and no other. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPO_ROOT } from '@wscm/system';

const CODE = ['services/gateway', 'services/registry', 'libs/bus', 'libs/runtime', 'libs/auth', 'libs/tracing'].map(
  (project) => `${project}/src`,
);

/** The name of the event of each line that is logged. A template stands for what its expression can be. */
function loggedIn(source: string): string[] {
  const names = source.matchAll(/\.(?:trace|debug|info|warn|error|fatal)\(\s*\{\s*event: (?:'([\w-]+)'|`([^`]+)`)/g);
  return Array.from(names, ([, name, template]) => name ?? template ?? '').flatMap((name) =>
    name === 'nats-${status}' ? ['nats-connected', 'nats-disconnected'] : [name],
  );
}

const filesIn = (folder: string): string[] =>
  readdirSync(join(REPO_ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));

const sources = CODE.flatMap((folder) => filesIn(folder))
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts') && !path.includes('/testing/'))
  .map((path) => ({ path, text: readFileSync(join(REPO_ROOT, path), 'utf8') }));

test('every event that is logged is listed, and every one that is listed is logged', () => {
  const logged = new Set(sources.flatMap(({ text }) => loggedIn(text)));
  const docs = readFileSync(join(REPO_ROOT, 'docs/logs.md'), 'utf8');
  const listed = Array.from(docs.matchAll(/^\| `([\w-]+)` /gm), ([, name]) => name);
  expect(logged.size).toBeGreaterThan(15);
  expect(listed.toSorted()).toEqual([...logged].toSorted());
});

test('no line is logged without an event', () => {
  const calls = sources.flatMap(({ path, text }) =>
    Array.from(text.matchAll(/\blog\.(?:trace|debug|info|warn|error|fatal)\((?!\s*\{\s*event:)/g), () => path),
  );
  expect(calls).toEqual([]);
});
