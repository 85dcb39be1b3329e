/** A scenario's main figure as bars, one for each contender in each case, with its spread. */
import { parse, View } from 'vega';
import { compile } from 'vega-lite';
import { TITLES } from '../harness/contenders.mjs';

const COLOURS = {
  wscm: '#d62728',
  uws: '#1f77b4',
  ws: '#7f7f7f',
  socketio: '#9467bd',
  centrifuge: '#2ca02c',
  nchan: '#17becf',
  monolith: '#ff7f0e',
  relay: '#bcbd22',
  driver: '#8c564b',
  pages: '#e377c2',
};

/** The order of bars and of table columns. */
export const ORDER = Object.keys(COLOURS);

export const titleOf = (contender) => TITLES[contender];

/** @returns {Promise<string>} SVG */
export async function plot({ rows, main, unit, plot: which = '' }) {
  const wanted = rows.filter((row) => row.summary[main] && new RegExp(which).test(row.case));
  const values = (wanted.length > 0 ? wanted : rows)
    .filter((row) => row.summary[main])
    .map((row) => ({ case: row.case, contender: titleOf(row.contender), ...row.summary[main] }));
  const contenders = ORDER.filter((name) => values.some((value) => value.contender === titleOf(name)));
  const view = new View(parse(compile(chart(values, contenders, unit)).spec), { renderer: 'none' });
  return `${await view.toSVG()}\n`;
}

function chart(values, contenders, unit) {
  const order = contenders.map(titleOf);
  const y = { field: 'case', type: 'nominal', title: null, sort: null, axis: { labelLimit: 420 } };
  const yOffset = { field: 'contender', sort: order };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    width: 480,
    height: { step: 14 },
    data: { values },
    encoding: { y, yOffset },
    layer: [
      {
        mark: { type: 'bar', tooltip: false },
        encoding: {
          x: { field: 'median', type: 'quantitative', title: unit },
          color: {
            field: 'contender',
            type: 'nominal',
            title: null,
            sort: order,
            scale: { domain: order, range: contenders.map((name) => COLOURS[name]) },
          },
        },
      },
      {
        mark: { type: 'rule' },
        encoding: { x: { field: 'min', type: 'quantitative' }, x2: { field: 'max' } },
      },
    ],
  };
}
