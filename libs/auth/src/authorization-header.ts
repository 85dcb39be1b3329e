/** What an `Authorization` header carries: RFC 7617 (Basic) and RFC 6750 (Bearer). Schemes are read in any case. */

/** A user's name and password as they were given; nothing is known of them yet. */
export interface Credentials {
  user: string;
  password: string;
}

/** The token of a Bearer header. Undefined where there is none. */
export const bearerTokenOf = (header: string): string | undefined => /^bearer +([\w\-.~+/]+=*)$/i.exec(header)?.[1];

// eslint-disable-next-line no-control-regex -- RFC 7617, section 2: neither part has control characters.
const CONTROL = /[\u0000-\u001f\u007f]/;

/** The user and password of a Basic header, in UTF-8. Undefined where it has none, or they are malformed. */
export function basicCredentialsOf(header: string): Credentials | undefined {
  const encoded = /^basic +([\w+/-]+=*)$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 1 || CONTROL.test(text)) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
