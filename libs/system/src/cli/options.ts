/** The options of `npm start`. */
import { parseArgs } from 'node:util';

/** What the person asked for. */
export type CliRequest =
  | { readonly kind: 'start'; readonly gateways: number; readonly registries: number }
  | { readonly kind: 'help' }
  | { readonly kind: 'bad'; readonly message: string };

const MOST = 64;

export const HELP = `npm start -- [options]    runs the whole system on this machine; Ctrl-C ends it

  --gateways N      how many gateways, 1 to ${MOST} (1)
  --registries N    how many registries, 1 to ${MOST} (1)
  --help            shows this

Environment: HOST, GATEWAY_PORT, GATEWAY_ADMIN_PORT, REGISTRY_PORT, NATS_PORT, MONGODB_PORT move the ports (0 is any
free one); NATS_URL, MONGODB_URL name servers to use instead of starting them; WSCM_DATA_DIR moves the data.`;

/** Never throws: what can't be understood is `bad`, with one line that says what. */
export function parseOptions(args: readonly string[]): CliRequest {
  const counts = { gateways: { type: 'string', default: '1' }, registries: { type: 'string', default: '1' } } as const;
  try {
    const { values } = parseArgs({ args: [...args], options: { ...counts, help: { type: 'boolean' } } });
    if (values.help) return { kind: 'help' };
    const bad = (['gateways', 'registries'] as const).find((name) => !isCount(values[name]));
    if (bad) return { kind: 'bad', message: `--${bad} must be a number from 1 to ${MOST}, not "${values[bad]}".` };
    return { kind: 'start', gateways: Number(values.gateways), registries: Number(values.registries) };
  } catch (error) {
    const [firstSentence] = (error as Error).message.split('. ');
    return { kind: 'bad', message: `${firstSentence}; --help shows the options.` };
  }
}

function isCount(text: string): boolean {
  return /^\d{1,2}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST;
}
