/** The rules by which facts are taken together, over the lives that clients really have. */
import fc from 'fast-check';
import { type ClientLife, deliveries, gatewayLife } from '../testing/gateway-life';
import { type ClientFacts, factsOf, join } from './client-facts';

const clientLife: fc.Arbitrary<ClientLife> = gatewayLife.map(({ clients }) => clients[0]!);

const factsOfLife = ({ events }: ClientLife): ClientFacts[] => events.map((event, at) => factsOf(event, at + 1));

const joined = (facts: readonly ClientFacts[]): ClientFacts => facts.reduce(join);

/** A client, and three piles of what is told of it; the same fact may lie in several. */
const piles = clientLife.chain((life) => {
  const pile = fc.array(fc.constantFrom(...factsOfLife(life)), { minLength: 1, maxLength: 6 }).map(joined);
  return fc.tuple(pile, pile, pile);
});

describe('join', () => {
  it('does not depend on which of two comes first', () => {
    fc.assert(fc.property(piles, ([a, b]) => expect(join(a, b)).toEqual(join(b, a))));
  });

  it('does not depend on which two of three are taken together first', () => {
    fc.assert(fc.property(piles, ([a, b, c]) => expect(join(join(a, b), c)).toEqual(join(a, join(b, c)))));
  });

  it('adds nothing when the same is told again', () => {
    fc.assert(
      fc.property(piles, ([a, b]) => {
        expect(join(a, a)).toEqual(a);
        expect(join(join(a, b), a)).toEqual(join(a, b));
      }),
    );
  });

  it('gives the same for all events of a client in any order, repetition and grouping', () => {
    const delivered = clientLife.chain((life) =>
      deliveries(life.events.length).map((batches) => ({ facts: factsOfLife(life), batches })),
    );
    fc.assert(
      fc.property(delivered, ({ facts, batches }) => {
        const folded = batches.map((batch) => joined(batch.map((at) => facts[at]!)));
        expect(joined(folded)).toEqual(joined(facts));
      }),
      { numRuns: 300 },
    );
  });

  it('gives what is true of the client', () => {
    fc.assert(
      fc.property(clientLife, (life) => {
        const facts = joined(factsOfLife(life));
        expect(facts.state?.state).toBe(life.state);
        expect(facts.messagesFromClient).toBe(life.truth.messagesFromClient);
        expect(facts.lastFrom?.seq).toBe(life.truth.lastMessageFromClient?.seq);
        expect(facts.streamSeq).toBe(life.events.length);
      }),
    );
  });
});
