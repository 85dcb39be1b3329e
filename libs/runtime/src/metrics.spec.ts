/** The parts that metrics are made of, as they are read in Prometheus' text format. */
import { closeSync, openSync } from 'node:fs';
import { Registry } from 'prom-client';
import { countBy, HistogramBy, metricsText, QuickHistogram, readChecks, readCounter, readGauge } from './metrics';

const registry = new Registry();
const spec = (name: string) => ({ registers: [registry], name, help: `the ${name}` });
const lines = async (name: string) => (await metricsText(registry)).split('\n').filter((line) => line.startsWith(name));

test('a gauge and a counter are read when somebody asks; a gauge may have no value', async () => {
  let value: number | null = 3;
  readGauge(spec('test_gauge'), () => value);
  readCounter(spec('test_read_total'), () => value ?? 0);
  expect(await lines('test_gauge')).toEqual(['test_gauge 3']);
  value = 5;
  expect([...(await lines('test_gauge')), ...(await lines('test_read_total'))]).toEqual([
    'test_gauge 5',
    'test_read_total 5',
  ]);
  value = null;
  expect(await lines('test_gauge')).toEqual([]);
});

test('checks are ones and zeros', async () => {
  readChecks(spec('test_check_ok'), () => Promise.resolve({ nats: 'ok', mongodb: 'error' }));
  expect(await lines('test_check_ok')).toEqual(['test_check_ok{check="nats"} 1', 'test_check_ok{check="mongodb"} 0']);
});

test('a counter by label shows its zeros', async () => {
  countBy(spec('test_by_total'), 'result', ['a', 'b']).inc({ result: 'b' });
  expect(await lines('test_by_total')).toEqual(['test_by_total{result="a"} 0', 'test_by_total{result="b"} 1']);
});

test('a quick histogram counts up to each bound, the bound included', async () => {
  const histogram = new QuickHistogram({ ...spec('test_seconds'), buckets: [0.5, 1] });
  for (const value of [0.25, 0.5, 0.75, 2]) histogram.observe(value);
  expect(await lines('test_seconds')).toEqual([
    'test_seconds_bucket{le="0.5"} 2',
    'test_seconds_bucket{le="1"} 3',
    'test_seconds_bucket{le="+Inf"} 4',
    'test_seconds_sum 3.5',
    'test_seconds_count 4',
  ]);
});

test('a histogram by labels has a series for each set of them', async () => {
  const histogram = new HistogramBy<'verb'>({ ...spec('test_by_seconds'), buckets: [1] });
  expect(await lines('test_by_seconds')).toEqual([]);
  const get = histogram.of({ verb: 'get' });
  get.observe(0.5);
  histogram.of({ verb: 'get' }).observe(2);
  histogram.of({ verb: 'put' });
  expect(await lines('test_by_seconds')).toEqual([
    'test_by_seconds_bucket{le="1",verb="get"} 1',
    'test_by_seconds_bucket{le="+Inf",verb="get"} 2',
    'test_by_seconds_sum{verb="get"} 2.5',
    'test_by_seconds_count{verb="get"} 2',
    'test_by_seconds_bucket{le="1",verb="put"} 0',
    'test_by_seconds_bucket{le="+Inf",verb="put"} 0',
    'test_by_seconds_sum{verb="put"} 0',
    'test_by_seconds_count{verb="put"} 0',
  ]);
});

test('the process’s metrics are there once, for every service of it', async () => {
  for (const own of [registry, new Registry()]) {
    const text = await metricsText(own);
    for (const name of ['process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds', 'process_open_fds'])
      expect(text.match(new RegExp(`^${name} `, 'gm'))).toHaveLength(1);
    expect(text).not.toContain('nodejs_active');
  }
});

test('open files are counted', async () => {
  const count = async () => Number((await lines('process_open_fds'))[0]?.split(' ')[1]);
  const before = await count();
  const files = Array.from({ length: 20 }, () => openSync('/dev/null', 'r'));
  expect((await count()) - before).toBeGreaterThanOrEqual(15);
  files.forEach((file) => closeSync(file));
});
