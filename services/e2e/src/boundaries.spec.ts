/** The rules about who may import whom really forbid. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { REPO_ROOT } from '@wscm/system';

const RULE = '@nx/enforce-module-boundaries';

/** A library that a file may not import, or may. */
type Case = [file: string, library: string];

const forbidden: Case[] = [
  ['services/gateway/src/hub.ts', '@wscm/registry'],
  ['services/registry/src/registry.ts', '@wscm/gateway'],
  ['services/registry/src/registry.ts', '@wscm/testing'],
  ['libs/contracts/src/events.ts', '@wscm/bus'],
  ['libs/bus/src/bus.ts', '@wscm/runtime'],
  ['services/gateway/src/hub.ts', 'mongodb'],
  ['services/gateway/src/hub.ts', 'nats'],
  ['services/registry/src/registry.ts', 'nats'],
  ['services/registry/src/registry.ts', 'uWebSockets.js'],
];

const allowed: Case[] = [
  ['services/gateway/src/hub.ts', '@wscm/bus'],
  ['services/gateway/src/hub.ts', 'uWebSockets.js'],
  ['services/registry/src/registry.ts', 'mongodb'],
  ['libs/bus/src/bus.ts', 'nats'],
];

/** ESLint's configuration is an ES module, which Jest does not load: so it runs in a process of its own, once for all. */
const LINT = `
  import { ESLint } from 'eslint';
  const eslint = new ESLint();
  const complaints = [];
  for (const [file, library] of JSON.parse(process.argv[1])) {
    const [{ messages }] = await eslint.lintText("import '" + library + "';\\n", { filePath: file });
    complaints.push(messages.filter(({ ruleId }) => ruleId === '${RULE}').map(({ message }) => message));
  }
  process.stdout.write(JSON.stringify(complaints));
`;

/** What the boundary rule says of each import, as if it stood in that file. */
async function complaintsAbout(cases: Case[]): Promise<string[][]> {
  const args = ['--input-type=module', '--eval', LINT, JSON.stringify(cases)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: REPO_ROOT });
  return JSON.parse(stdout) as string[][];
}

describe('imports across projects', () => {
  let complaints: string[][];

  beforeAll(async () => {
    complaints = await complaintsAbout([...forbidden, ...allowed]);
  }, 120_000);

  test.each(forbidden.map((each, index) => [...each, index] as const))(
    '%s may not import %s',
    (_file, _library, index) => {
      expect(complaints[index]).toHaveLength(1);
    },
  );

  test.each(allowed.map((each, index) => [...each, index] as const))('%s may import %s', (_file, _library, index) => {
    expect(complaints[forbidden.length + index]).toEqual([]);
  });
});
