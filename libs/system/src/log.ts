/** How this library tells a person what it does: one call for each line, without a line feed. */
export type Log = (line: string) => void;

/** A log that nobody reads. */
export const silent: Log = () => undefined;
