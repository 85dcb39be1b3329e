/**
 * TLS: certificate and key from files. They are read again when they change; open connections stay. The library has one
 * certificate for good for clients that tell no server name (those that connect to an address): they see a new one only
 * after a restart.
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
  return uWS.SSLApp(optionsOf(files));
}

/**
 * Takes up what the files hold whenever they change, for connections to come. `addRoutes` is called for each server name,
 * since the library keeps routes for each. Resolves nothing; call what is returned to end it.
 */
export function followFiles(
  app: TemplatedApp,
  files: TlsFiles,
  addRoutes: (app: TemplatedApp) => void,
  onReload: OnReload,
): () => void {
  let names: string[] = [];
  const takeUp = () => {
    const next = namesIn(files);
    for (const name of names) app.removeServerName(name);
    names = next;
    for (const name of names) {
      app.addServerName(name, optionsOf(files));
      addRoutes(app.domain(name));
    }
  };
  return onChange([files.certificate, files.key], () => reloading('GATEWAY_TLS_CERT_FILE', takeUp, onReload));
}

/** Any name of one label, and those that the certificate is for. */
function namesIn(files: TlsFiles): string[] {
  const { subjectAltName = '' } = checkPair(files);
  const names = subjectAltName.split(', ').filter((entry) => entry.startsWith('DNS:'));
  return [...new Set(['*', ...names.map((entry) => entry.slice(4).toLowerCase())])];
}

const optionsOf = ({ certificate, key }: TlsFiles) => ({ cert_file_name: certificate, key_file_name: key });

function checkPair({ certificate, key }: TlsFiles): X509Certificate {
  const parsed = reading('GATEWAY_TLS_CERT_FILE', certificate, (pem) => new X509Certificate(pem));
  const privateKey = reading('GATEWAY_TLS_KEY_FILE', key, (pem) => createPrivateKey(pem));
  if (parsed.checkPrivateKey(privateKey)) return parsed;
  throw new SettingsError([`GATEWAY_TLS_KEY_FILE=${key}: is not the key of the certificate in ${certificate}`]);
}

function reading<T>(variable: string, file: string, parse: (pem: Buffer) => T): T {
  try {
    return parse(readFileSync(file));
  } catch (error) {
    throw new SettingsError([`${variable}=${file}: can't be used: ${(error as Error).message}`]);
  }
}
