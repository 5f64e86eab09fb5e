import { expect, test } from 'vitest';
import type { Fault } from '../../src/faults/fault.ts';
import { PlanFaults } from '../../src/faults/plan-faults.ts';
import { ioFaults } from '../../src/kernel/io-site.ts';

const crash: Fault = { at: 'relay-1/bus.publish#2', kind: 'crash-after' };
const site = { place: 'relay-1', label: 'bus.publish', occurrence: 2, kinds: ioFaults };

test('a fault of a plan happens at its address, once', () => {
  const plan = new PlanFaults([crash]);
  expect(plan.at({ ...site, occurrence: 1 })).toBeNull();
  expect(plan.at({ ...site, place: 'relay-2' })).toBeNull();
  expect(plan.at({ ...site, label: 'bus.ack' })).toBeNull();
  expect(plan.at(site)).toEqual(crash);
  expect(plan.at(site)).toBeNull();
  expect(plan.left).toEqual([]);
});

test('a fault whose site does not come, or does not allow it, is left over', () => {
  const plan = new PlanFaults([crash]);
  expect(plan.at({ ...site, kinds: ['pause'] })).toBeNull();
  expect(plan.left).toEqual([crash]);
});

test('a label may contain the signs that part an address', () => {
  const plan = new PlanFaults([{ at: 'api/GET /orders#1#3', kind: 'pause', ms: 5 }]);
  expect(plan.at({ place: 'api', label: 'GET /orders#1', occurrence: 3, kinds: ioFaults })).not.toBeNull();
});

test('two faults at one address are refused', () => {
  expect(() => new PlanFaults([crash, { ...crash, kind: 'pause' }])).toThrow('"relay-1/bus.publish#2"');
});
