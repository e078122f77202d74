/** Metrics of prom-client as data. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { toMetricFamily } from '../../src/telemetry/metric-family.ts';

async function familyOf(register: Registry) {
  const [metric] = await register.getMetricsAsJSON();
  if (metric === undefined) throw new Error('no metric');
  return toMetricFamily(metric);
}

test('a histogram has the count of each bucket, for each combination of labels', async () => {
  const register = new Registry();
  const histogram = new Histogram({
    name: 'h',
    help: 'A help',
    labelNames: ['kind'],
    buckets: [1, 5],
    registers: [register],
  });
  for (const value of [0.5, 3, 4, 10]) histogram.observe({ kind: 'a' }, value);
  histogram.observe({ kind: 'b' }, 2);
  expect(await familyOf(register)).toEqual({
    name: 'h',
    help: 'A help',
    type: 'histogram',
    bounds: [1, 5],
    series: [
      { labels: { kind: 'a' }, counts: [1, 2, 1], sum: 17.5 },
      { labels: { kind: 'b' }, counts: [0, 1, 0], sum: 2 },
    ],
  });
});

test('counters and gauges have their values, and labels are texts', async () => {
  const [ofCounter, ofGauge] = [new Registry(), new Registry()];
  new Counter({ name: 'c', help: 'A', labelNames: ['major'], registers: [ofCounter] }).inc({ major: 26 }, 3);
  new Gauge({ name: 'g', help: 'B', registers: [ofGauge] }).set(0.5);
  const series = [{ labels: { major: '26' }, value: 3 }];
  expect(await familyOf(ofCounter)).toEqual({ name: 'c', help: 'A', type: 'counter', series });
  expect(await familyOf(ofGauge)).toEqual({
    name: 'g',
    help: 'B',
    type: 'gauge',
    series: [{ labels: {}, value: 0.5 }],
  });
});
