/** Ports that can't be listened on. */

const TAKEN = new Set(['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'ENOTFOUND']);

/** Waits for a server that begins to listen. Where it can't, the error names the variable to set. */
export async function naming<T>(variable: string, listening: Promise<T>): Promise<T> {
  try {
    return await listening;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!TAKEN.has(code)) throw error;
    throw new Error(`set ${variable} to another port, or HOST to an address of this machine`, { cause: error });
  }
}
