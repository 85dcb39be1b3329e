/** HTTPS by a certificate and a key in files: checked at the start, and read again when they change or at SIGHUP. */
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createSecureContext, type Server } from 'node:tls';
import { type Environment, type Logger, parseSettings, SettingsError } from '@wscm/runtime';
import { z } from 'zod';

/** How often the files are looked at. */
const PERIOD_MS = 2_000;

const schema = z.object({
  /** PEM, with the intermediate certificates. */
  REGISTRY_TLS_CERT_FILE: z.string().optional(),
  REGISTRY_TLS_KEY_FILE: z.string().optional(),
});

export const tlsVariables = schema.shape;

export interface TlsFiles {
  certFile: string;
  keyFile: string;
}

interface Pair {
  cert: Buffer;
  key: Buffer;
}

/** Null where plain HTTP is served. Throws `SettingsError`, also where the files do not go together. */
export function readTls(env: Environment): TlsFiles | null {
  const { REGISTRY_TLS_CERT_FILE: certFile, REGISTRY_TLS_KEY_FILE: keyFile } = parseSettings(schema, env);
  if (certFile === undefined && keyFile === undefined) return null;
  if (certFile === undefined)
    throw new SettingsError(['REGISTRY_TLS_CERT_FILE: is missing, where REGISTRY_TLS_KEY_FILE is set']);
  if (keyFile === undefined)
    throw new SettingsError(['REGISTRY_TLS_KEY_FILE: is missing, where REGISTRY_TLS_CERT_FILE is set']);
  readPair({ certFile, keyFile });
  return { certFile, keyFile };
}

/** Throws `SettingsError`. */
export function readPair({ certFile, keyFile }: TlsFiles): Pair {
  const pair = { cert: read('REGISTRY_TLS_CERT_FILE', certFile), key: read('REGISTRY_TLS_KEY_FILE', keyFile) };
  try {
    createSecureContext(pair);
    return pair;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const fault =
      code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH'
        ? 'the key is not the certificate’s'
        : 'no certificate and key in PEM';
    throw new SettingsError([
      `REGISTRY_TLS_CERT_FILE=${certFile}, REGISTRY_TLS_KEY_FILE=${keyFile}: ${fault} (${code ?? ''})`,
    ]);
  }
}

function read(variable: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new SettingsError([`${variable}=${file}: can't be read (${(error as NodeJS.ErrnoException).code ?? ''})`]);
  }
}

/**
 * New connections get the new certificate, those that are open stay as they are. Files that do not go together, as when
 * only one of them is written yet, change nothing. Returns how to end it.
 */
export function renewTls(server: Server, files: TlsFiles, log: Logger): () => void {
  const renew = () => {
    try {
      server.setSecureContext(readPair(files));
      log.info({ event: 'certificate-renewed' });
    } catch (error) {
      log.error({ event: 'certificate-not-renewed', reason: (error as Error).message });
    }
  };
  const paths = [files.certFile, files.keyFile];
  for (const path of paths) watchFile(path, { interval: PERIOD_MS, persistent: false }, renew);
  process.on('SIGHUP', renew);
  return () => {
    for (const path of paths) unwatchFile(path, renew);
    process.off('SIGHUP', renew);
  };
}
