/** Why a connection was closed, for people. */
import { ABNORMAL_CLOSURE, type CloseCode, closeCodes } from '@wscm/contracts';

const NORMAL = 1000;
const known: readonly CloseCode[] = Object.values(closeCodes);

export function closeInWords(code: number, reason: string): string {
  if (code === NORMAL) return 'Closed (1000).';
  if (code === ABNORMAL_CLOSURE)
    return 'The connection was refused, or cut without a word (1006). Does a gateway listen at this address? Does it ask for a token or a password?';
  const told = reason === '' ? '' : `: ${reason}`;
  const rule = known.find((each) => each.code === code);
  const advice = rule ? (rule.reconnect ? ' Connect again.' : ' Clients should not connect again.') : '';
  return `Closed by the gateway with ${code}${told}.${advice}`;
}
