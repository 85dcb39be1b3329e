/** Asks a replica whether it is ready. */
import { get } from 'node:http';

const ANSWER_TIMEOUT_MS = 2_000;

/** Whether `url` answers 200; no answer at all is a no. The connection is not kept. */
export async function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: ANSWER_TIMEOUT_MS }, (response) => {
      response.resume().on('error', () => undefined);
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
