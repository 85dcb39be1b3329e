/** Which settings switch traces on, and which stop the start. */
import { parseSettings, type SettingsError } from '@wscm/runtime';
import { z } from 'zod';
import { tracingShape, wantsTraces } from './settings';

const read = (env: Record<string, string>) => parseSettings(z.object(tracingShape), env);
const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

test.each([
  ['nothing is set', {}, false],
  ['an endpoint is set', endpoint, true],
  ['one for traces alone is set', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://here/v1/traces' }, true],
  ['an endpoint is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false],
  ['only a sampler is set', { OTEL_TRACES_SAMPLER: 'always_on' }, false],
  ['the SDK is disabled', { ...endpoint, OTEL_SDK_DISABLED: 'TRUE' }, false],
  ['the SDK is not disabled', { ...endpoint, OTEL_SDK_DISABLED: 'false' }, true],
  ['traces have no exporter', { ...endpoint, OTEL_TRACES_EXPORTER: 'none' }, false],
  ['traces have the exporter that there is', { ...endpoint, OTEL_TRACES_EXPORTER: 'otlp' }, true],
])('where %s, traces are wanted or not', (_what, env, wanted) => {
  expect(wantsTraces(read(env))).toBe(wanted);
});

test('by default every trace is kept', () => {
  expect(read({}).OTEL_TRACES_SAMPLER).toBe('parentbased_always_on');
});

test.each(['0', '0.01', '1', '1e-3'])('%s is a part to keep', (ratio) => {
  expect(read({ OTEL_TRACES_SAMPLER_ARG: ratio }).OTEL_TRACES_SAMPLER_ARG).toBe(ratio);
});

test.each([
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
  ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'grpc://collector:4317'],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
  ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'http/json'],
  ['OTEL_TRACES_SAMPLER', 'some'],
  ['OTEL_TRACES_SAMPLER_ARG', '1.1'],
  ['OTEL_TRACES_SAMPLER_ARG', '-0.1'],
  ['OTEL_TRACES_SAMPLER_ARG', '1%'],
  ['OTEL_TRACES_EXPORTER', 'zipkin'],
])('%s=%s stops the start by name', (name, value) => {
  expect(faultsOf({ [name]: value })).toEqual([expect.stringContaining(name)]);
});

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    read(env);
    return [];
  } catch (error) {
    return (error as SettingsError).faults;
  }
}
