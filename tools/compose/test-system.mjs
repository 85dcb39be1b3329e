// Runs a story on a system that is started for it and taken away after it, also when it fails or is interrupted.
/* global AbortController */
import { ProductionScene } from './production-scene.mjs';
import { productionStory } from './production-story.mjs';
import { PRODUCTION, Project, SMALL } from './project.mjs';
import { Report } from './report.mjs';
import { Scene } from './scene.mjs';
import { story } from './story.mjs';

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/** Resolves with the exit code: 0 when all was proved, 1 when not, 128 and more after a signal. */
export async function testSystem({ production = false } = {}) {
  const { signal } = interruption();
  const report = new Report();
  const project = await Project.create(production ? PRODUCTION : SMALL, signal);
  const step = (what, prove) => report.step(what, prove);
  console.log('Building the images and starting the system. The first time, this takes minutes.');
  try {
    if (production) await productionStory(new ProductionScene(project, signal), step);
    else await story(new Scene(project, signal), step);
  } catch {
    if (!signal.aborted) console.error(await project.describe().catch((error) => error.message));
  }
  await takeAway(project, report);
  report.end();
  return EXIT_CODES[signal.reason?.message] ?? (report.allPassed ? 0 : 1);
}

async function takeAway(project, report) {
  await report.step('no container, volume or network is left', () => project.takeAway()).catch(() => undefined);
}

/** Aborted by the first signal; further ones change nothing, as the system is being taken away then. */
function interruption() {
  const controller = new AbortController();
  for (const name of Object.keys(EXIT_CODES)) process.on(name, () => controller.abort(new Error(name)));
  return controller;
}
