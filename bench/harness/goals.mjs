/** Which goals are met: each compares our figure with another one's of the same case and round. */
import { median } from './statistics.mjs';

/**
 * @typedef {object} Goal
 * @property {string} text
 * @property {string} value name of the figure
 * @property {string} [against] the contender to compare with; without it and `againstCase` the figure itself is judged
 * @property {string} [againstValue] the other's figure, where it has another name
 * @property {[RegExp, string]} [againstCase] compares with our own case that is named so
 * @property {RegExp} [cases] of which the goal is
 * @property {number} [atMost]
 * @property {number} [atLeast]
 */

/** The contender that all goals are about. */
const OURS = 'wscm';

/** One entry for each goal and case where both were measured. */
export function judge(goals, rows) {
  return goals.flatMap((goal) =>
    rows
      .filter((row) => row.contender === OURS && (goal.cases?.test(row.case) ?? true))
      .flatMap((row) => judgeCase(goal, row, rows)),
  );
}

function judgeCase(goal, row, rows) {
  const ratios = ratiosOf(goal, row, rows).filter(Number.isFinite);
  if (ratios.length === 0) return [];
  const ratio = median(ratios);
  const met = ratio <= (goal.atMost ?? Infinity) && ratio >= (goal.atLeast ?? -Infinity);
  const [min, max] = [Math.min(...ratios), Math.max(...ratios)];
  return [{ goal: goal.text, case: row.case, ratio, min, max, atMost: goal.atMost, atLeast: goal.atLeast, met }];
}

function ratiosOf(goal, row, rows) {
  const { value, against, againstCase, againstValue = value } = goal;
  if (!against && !againstCase) return row.rounds.map(({ values }) => values[value]);
  if (againstCase && !againstCase[0].test(row.case)) return [];
  const otherCase = againstCase ? row.case.replace(...againstCase) : row.case;
  const other = rows.find((each) => each.contender === (against ?? OURS) && each.case === otherCase);
  return row.rounds.map(({ round, values }) => {
    const theirs = other?.rounds.find((each) => each.round === round);
    return values[value] / theirs?.values[againstValue];
  });
}
