/** Ports that can't be listened on. */

const TAKEN = new Set(['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'ENOTFOUND']);

/** Waits for a server that begins to listen. Where it can't, the error names the variable to set. */
export async function naming<T>(variable: string, listening: Promise<T>): Promise<T> {
  try {
    return await listening;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !TAKEN.has(String(error.code))) throw error;
    throw new Error(`set ${variable} to another port, or HOST to an address of this machine`, { cause: error });
  }
}
