/**
 * TLS: certificate and key from files. They are read again when they change; open connections stay. An app of the library
 * has one certificate for good, so another app then takes the connections to come.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SettingsError } from '@wscm/runtime';
import uWS, { type TemplatedApp } from 'uWebSockets.js';
import { onChange, type OnReload, reloading } from './watched-file';

export interface TlsFiles {
  certificate: string;
  key: string;
}

/** Throws `SettingsError` where only one of the two is set. */
export function tlsFiles(settings: {
  GATEWAY_TLS_CERT_FILE?: string | undefined;
  GATEWAY_TLS_KEY_FILE?: string | undefined;
}): TlsFiles | undefined {
  const { GATEWAY_TLS_CERT_FILE: certificate, GATEWAY_TLS_KEY_FILE: key } = settings;
  if (certificate && key) return { certificate, key };
  if (!certificate && !key) return undefined;
  throw new SettingsError([
    `${key ? 'GATEWAY_TLS_CERT_FILE' : 'GATEWAY_TLS_KEY_FILE'}: must be set, too: certificate and key go together`,
  ]);
}

/** An app that speaks TLS where there are files for it. Throws `SettingsError` where they can't be used. */
export function createApp(files: TlsFiles | undefined): TemplatedApp {
  if (!files) return uWS.App();
  checkPair(files);
  return uWS.SSLApp({ cert_file_name: files.certificate, key_file_name: files.key });
}

/** Gives an app for connections to come whenever the files change. Call what is returned to end it. */
export function followFiles(files: TlsFiles, moveTo: (app: TemplatedApp) => void, onReload: OnReload): () => void {
  const takeUp = () => moveTo(createApp(files));
  return onChange([files.certificate, files.key], () => reloading('GATEWAY_TLS_CERT_FILE', takeUp, onReload));
}

function checkPair({ certificate, key }: TlsFiles): void {
  const parsed = reading('GATEWAY_TLS_CERT_FILE', certificate, (pem) => new X509Certificate(pem));
  const privateKey = reading('GATEWAY_TLS_KEY_FILE', key, (pem) => createPrivateKey(pem));
  if (parsed.checkPrivateKey(privateKey)) return;
  throw new SettingsError([`GATEWAY_TLS_KEY_FILE=${key}: is not the key of the certificate in ${certificate}`]);
}

function reading<T>(variable: string, file: string, parse: (pem: Buffer) => T): T {
  try {
    return parse(readFileSync(file));
  } catch (error) {
    throw new SettingsError([`${variable}=${file}: can't be used: ${(error as Error).message}`]);
  }
}
