// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// kafkajs against a broker; ../README.md explains the words.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');

// The packages lie where the suite has installed them, and not beside this file.
const fromPackages = createRequire(path.join(process.env.INTEROP_NODE_PACKAGES, 'package.json'));
const { Kafka, CompressionTypes, CompressionCodecs, Partitioners, logLevel } =
  fromPackages('kafkajs');
CompressionCodecs[CompressionTypes.Snappy] = fromPackages('kafkajs-snappy');

const SILENCE_MAX_MS = 60_000;
const BATCH_BYTES = 512 << 10;
const CODECS = {
  none: CompressionTypes.None, gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy,
};

function clientOf(broker) {
  return new Kafka({
    brokers: broker.split(','), logLevel: logLevel.ERROR, retry: { retries: 1000, maxRetryTime: 1000 },
  });
}

function option(words, name) {
  const word = words.find((each) => each.startsWith(`${name}=`));
  return word === undefined ? undefined : word.slice(name.length + 1);
}

function* framesOf(file) {
  const bytes = fs.readFileSync(file);
  let at = 0;
  const part = (size) => {
    if (size < 0) return null;
    at += size;
    return bytes.subarray(at - size, at);
  };
  while (at < bytes.length) {
    const end = bytes.indexOf(10, at);
    const [partition, keySize, valueSize, headers] = bytes.toString('utf8', at, end).split(' ');
    at = end + 1;
    const key = part(Number(keySize));
    const value = part(Number(valueSize));
    if (bytes[at++] !== 10) throw new Error('a frame of the input does not end where it should');
    const pairs = headers === '' ? [] : headers.split(',').map((pair) => pair.split('='));
    yield { partition: Number(partition), key, value, headers: Object.fromEntries(pairs) };
  }
}

function frameOf(label, message) {
  const size = (bytes) => (bytes === null ? -1 : bytes.length);
  const headers = Object.entries(message.headers || {}).map(([name, value]) => `${name}=${value}`);
  return Buffer.concat([
    Buffer.from(`${label} ${size(message.key)} ${size(message.value)} ${headers.join(',')}\n`),
    message.key || Buffer.alloc(0), message.value || Buffer.alloc(0), Buffer.from('\n'),
  ]);
}

async function produce([broker, topic, codec, file, ...words]) {
  const first = option(words, 'timestamps');
  const producer = clientOf(broker).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  let sent = 0;
  let bytes = 0;
  let messages = [];
  const flush = async () => {
    if (messages.length > 0) {
      await producer.send({ topic, acks: -1, compression: CODECS[codec], messages });
    }
    messages = [];
    bytes = 0;
  };
  for (const frame of framesOf(file)) {
    const size = frame.value === null ? 0 : frame.value.length;
    // What goes to one partition must fit into one batch.
    if (bytes + size > BATCH_BYTES) await flush();
    if (first !== undefined) frame.timestamp = String(Number(first) + sent);
    messages.push(frame);
    sent++;
    bytes += size;
  }
  await flush();
  await producer.disconnect();
  console.log(`acked ${sent}`);
}

// kafkajs reads in groups only: one of its own for each partition.
async function consume([broker, jobs]) {
  for (const line of fs.readFileSync(jobs, 'utf8').trim().split('\n')) {
    const [topic, partition, count, file] = line.split(' ');
    await read({
      broker, topic, file, group: `read-${topic}-${partition}-${process.pid}`,
      count: Number(count), only: Number(partition), labelOf: (_, message) => message.offset,
      commits: false,
    });
  }
}

async function member([broker, group, topic, count, file]) {
  await read({
    broker, topic, file, group, count: Number(count), commits: true,
    labelOf: (of, message) => `${of}/${message.offset}/${message.timestamp}`,
  });
}

async function read({ broker, topic, file, group, count, only, labelOf, commits }) {
  const consumer = clientOf(broker).consumer({
    groupId: group, maxWaitTimeInMs: 100, sessionTimeout: 10_000,
  });
  const out = fs.openSync(file, 'w');
  const next = new Map();
  let left = count;
  let enough;
  let silence;
  const done = new Promise((resolve, reject) => {
    enough = resolve;
    silence = setTimeout(() => reject(new Error('nothing more comes')), SILENCE_MAX_MS);
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      if (left === 0 || (only !== undefined && partition !== only)) return;
      fs.writeSync(out, frameOf(labelOf(partition, message), message));
      next.set(partition, String(BigInt(message.offset) + 1n));
      left--;
      silence.refresh();
      if (left === 0) enough();
    },
  });
  await done;
  clearTimeout(silence);
  fs.closeSync(out);
  if (commits) {
    await consumer.commitOffsets([...next].map(([partition, offset]) => ({
      topic, partition, offset,
    })));
  }
  await consumer.disconnect();
}

const actions = { produce, consume, member };
const [action, ...words] = process.argv.slice(2);
actions[action](words).then(() => process.exit(0), (failure) => {
  console.error(failure);
  process.exit(1);
});
