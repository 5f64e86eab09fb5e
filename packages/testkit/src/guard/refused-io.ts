import childProcess from 'node:child_process';
import cluster from 'node:cluster';
import dgram from 'node:dgram';
import dns from 'node:dns';
import fs from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import workerThreads from 'node:worker_threads';
import { runForReal } from '../kernel/process-context.ts';
import type { Patches } from './patches.ts';
import { refuseInProcess } from './refuse.ts';

type AnyFunction = (...args: unknown[]) => unknown;

/** Functions of a module that do I/O, by name; `null` for all. */
const modules: readonly (readonly [name: string, module: object, functions: readonly string[] | null])[] = [
  ['fs', fs, null],
  ['fs.promises', fs.promises, null],
  ['dns', dns, null],
  ['dns.promises', dns.promises, null],
  ['child_process', childProcess, null],
  ['net', net, ['connect', 'createConnection', 'createServer']],
  ['net.Socket', net.Socket.prototype, ['connect']],
  ['net.Server', net.Server.prototype, ['listen']],
  ['tls', tls, ['connect', 'createServer']],
  ['http', http, ['request', 'get', 'createServer']],
  ['https', https, ['request', 'get', 'createServer']],
  ['http2', http2, ['connect', 'createServer', 'createSecureServer']],
  ['dgram', dgram, ['createSocket']],
  ['cluster', cluster, ['fork']],
];

/** Have I/O and other ends to simulation refused in simulated processes. */
export function refuseIo(patches: Patches): void {
  for (const [name, module, functions] of modules) {
    for (const member of functions ?? Object.keys(module)) patchFunction(patches, module, { name, member });
  }
  patches.replace<AnyFunction>(globalThis, 'fetch', (original) => refusing('fetch', original));
  for (const name of [
    'WebSocket',
    'EventSource',
    'WeakRef',
    'FinalizationRegistry',
    'BroadcastChannel',
    'MessageChannel',
  ]) {
    patches.replace<new (...args: unknown[]) => object>(globalThis, name, (original) => refusingClass(name, original));
  }
  for (const name of ['Worker', 'MessageChannel', 'BroadcastChannel']) {
    patches.replace<new (...args: unknown[]) => object>(workerThreads, name, (original) =>
      refusingClass(`worker_threads.${name}`, original),
    );
  }
}

/** Settings and helpers of the modules, which reach nothing. */
const harmless = new Set([
  'getDefaultResultOrder',
  'setDefaultResultOrder',
  'getServers',
  'setServers',
  '_toUnixTimestamp',
]);

function patchFunction(patches: Patches, module: object, { name, member }: { name: string; member: string }): void {
  const original: unknown = Reflect.get(module, member);
  const isClass = /^[A-Z]/.test(member);
  if (typeof original !== 'function' || isClass || harmless.has(member)) return;
  patches.replace<AnyFunction>(module, member, (real) => refusing(`${name}.${member}`, real));
}

function refusing(called: string, original: AnyFunction): AnyFunction {
  const guarded = function (this: unknown, ...args: unknown[]): unknown {
    if (refuseInProcess(called) === 'outside') return Reflect.apply(original, this, args);
    // Functions of Node call each other.
    return runForReal(() => Reflect.apply(original, this, args));
  };
  // `realpath.native`, `util.promisify.custom`, the name and the number of parameters.
  Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(original));
  return guarded;
}

function refusingClass<Class extends new (...args: unknown[]) => object>(called: string, original: Class): Class {
  return new Proxy(original, {
    construct(target, args, newTarget) {
      refuseInProcess(`new ${called}`);
      return Reflect.construct(target, args, newTarget);
    },
  });
}
