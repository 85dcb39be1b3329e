/** Numbers for people. */

export const whole = (count: number): string => count.toLocaleString();

/** Per second; a dash where it is not known. */
export function rate(value: number | null): string {
  if (value === null) return '–';
  return value.toLocaleString(undefined, { maximumFractionDigits: value < 10 ? 1 : 0 });
}
