/** Asks a replica whether it is ready. */
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';

const ANSWER_TIMEOUT_MS = 2_000;

/** Whether `url` answers 200; no answer at all is a no. The connection is not kept, a certificate not looked at. */
export async function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const get = url.startsWith('https:') ? httpsGet : httpGet;
    const options = { agent: false, timeout: ANSWER_TIMEOUT_MS, rejectUnauthorized: false };
    const request = get(url, options, (response) => {
      response.resume().on('error', () => undefined);
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
