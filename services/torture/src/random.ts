/** Chance by a seed: the same seed draws the same numbers. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export class Random {
  private readonly generator;

  constructor(seed: number) {
    this.generator = xoroshiro128plus(seed);
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return uniformInt(this.generator, least, most);
  }

  /** True with this probability, 0 to 1. */
  chance(probability: number): boolean {
    return uniformFloat64(this.generator) < probability;
  }

  /** One of the list, which must not be empty. */
  pick<T>(from: readonly T[]): T {
    const picked = from[this.between(0, from.length - 1)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }

  /** One of the list, each as probable as its weight. */
  pickWeighted<T extends { weight: number }>(from: readonly T[]): T {
    let left = uniformFloat64(this.generator) * from.reduce((sum, { weight }) => sum + weight, 0);
    for (const each of from) if ((left -= each.weight) < 0) return each;
    return this.pick(from);
  }
}
