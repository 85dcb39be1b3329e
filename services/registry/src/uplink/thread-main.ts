/** What runs in the uplink's thread: starts it, and answers what the registry's main thread asks. */
import { parentPort, workerData } from 'node:worker_threads';
import { Uplink, type UplinkSettings } from './uplink';
import type { Asked, Question, Told } from './uplink-thread';

if (!parentPort) throw new Error('this runs in a thread only');
const port = parentPort;
const tell = (told: Told): void => port.postMessage(told);

void Uplink.start(workerData as UplinkSettings).then((uplink) => {
  const answers: Record<Question, () => unknown> = {
    status: () => uplink.status(),
    metrics: () => uplink.metricsText(),
    stop: () => uplink.stop(),
    hurry: () => uplink.hurry(),
  };
  port.on('message', ({ id, question }: Asked) => {
    // Who asks how it is gets no answer then; who ends it is told by the end.
    const isCheck = question === 'status' || question === 'metrics';
    void new Promise((resolve) => resolve(answers[question]())).then(
      (answer) => tell({ id, answer }),
      (error: unknown) => {
        if (!isCheck) throw error;
        tell({ id });
      },
    );
  });
  tell('started');
  void uplink.lost().then((error) => {
    throw error;
  });
});
