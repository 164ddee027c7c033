import { describe, expect, test } from 'vitest';
import type { Family } from '../../dist/core/index.js';
import { CaptureError } from '../../dist/node/capture/captureError.js';
import { ALL_STATES, encodeDumpRequest, readSockets } from '../../dist/node/capture/inetDiag.js';
import { dumpSockets } from '../../dist/node/capture/inetDiagDump.js';
import { InodePids } from '../../dist/node/capture/inodePids.js';
import type { Exchange } from '../../dist/node/capture/netlinkMessage.js';
import type { NetlinkSocket } from '../../dist/node/capture/netlinkSocket.js';
import { encodeExtras } from '../../dist/node/capture/socketExtras.js';
import { SocketList } from '../../dist/node/capture/socketList.js';
import { encodeTable } from '../../dist/node/capture/synthesizedTable.js';
import { printReference } from '../reference/printedTables.js';
import { decodeReference } from '../reference/mibTcpTable2.js';

const TCP4 = { protocol: 'TCP', family: 'IPv4', states: ALL_STATES } as const;
const EXCHANGE = { sequence: 7, portId: 0xfffff001 };
const [NOOP, ERROR, DONE, OVERRUN, SOCK_DIAG] = [1, 2, 3, 4, 20];
const MULTI = 0x02;
const DUMP_INTR = 0x10;

const u16 = (value: number) => [value & 0xff, value >>> 8];
const u32 = (value: number) => [...u16(value & 0xffff), ...u16(value >>> 16)];
const i32 = (value: number) => u32(value >>> 0);
const networkPort = (port: number) => [port >>> 8, port & 0xff];
/** IPv4 as usual; IPv6 as 32 hexadecimal digits. */
const networkAddress = (address: string) =>
  address.includes('.') ? address.split('.').map(Number) : [...Buffer.from(address, 'hex')];
const filled = (count: number, byte: number) => Array.from({ length: count }, () => byte);
const zeros = (count: number) => filled(count, 0);

/** Message after message, each as its bytes, padded to 4. */
function datagram(...messages: readonly number[][]): Uint8Array {
  return Uint8Array.from(messages.flatMap((bytes) => [...bytes, ...zeros(-bytes.length & 3)]));
}

function message(
  type: number,
  payload: readonly number[],
  change: { length?: number; flags?: number; sequence?: number; portId?: number } = {},
): number[] {
  return [
    ...u32(change.length ?? 16 + payload.length),
    ...u16(type),
    ...u16(change.flags ?? MULTI),
    ...u32(change.sequence ?? EXCHANGE.sequence),
    ...u32(change.portId ?? EXCHANGE.portId),
    ...payload,
  ];
}

interface SocketFields {
  family: number;
  state: number;
  local: readonly [string, number];
  remote: readonly [string, number];
  inode: number;
  uid?: number;
  interface?: number;
}

/** struct inet_diag_msg. What the parser has no use for is 0xee, so that a wrong offset shows. */
function inetDiagMessage(fields: SocketFields): number[] {
  const { family, state, local, remote, inode } = fields;
  const unused = (count: number) => filled(count, 0xee);
  const address = (text: string) => {
    const bytes = networkAddress(text);
    return [...bytes, ...unused(16 - bytes.length)];
  };
  return [
    family,
    state,
    ...unused(2), // timer, retransmits
    ...networkPort(local[1]),
    ...networkPort(remote[1]),
    ...address(local[0]),
    ...address(remote[0]),
    ...u32(fields.interface ?? 0xeeeeeeee),
    ...unused(8), // cookie
    ...unused(12), // expires, receive queue, send queue
    ...u32(fields.uid ?? 0xeeeeeeee),
    ...u32(inode),
  ];
}

const SSH: SocketFields = {
  family: 2,
  state: 1,
  local: ['192.168.1.20', 22],
  remote: ['203.0.113.254', 51_234],
  inode: 0xfedcba98,
};
const LISTENER: SocketFields = {
  family: 2,
  state: 10,
  local: ['0.0.0.0', 8080],
  remote: ['0.0.0.0', 0],
  inode: 4242,
};
const socket = (fields: SocketFields) => message(SOCK_DIAG, inetDiagMessage(fields));
const end = message(DONE, i32(0));

function parse(bytes: Uint8Array, family: Family = 'IPv4') {
  const sockets = new SocketList(family);
  return { sockets, ...readSockets(bytes, EXCHANGE, sockets) };
}
const inodesOf = (sockets: SocketList) => Array.from({ length: sockets.count }, (_, i) => sockets.inode(i));
const parseAll = (...messages: readonly number[][]) => parse(datagram(...messages));

function failure(run: () => unknown): CaptureError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(CaptureError);
    return error as CaptureError;
  }
  throw new Error('nothing was thrown');
}

const ownersOf = (pids: readonly (readonly [inode: number, pid: number])[]): InodePids => {
  const owners = new InodePids(pids.length);
  for (const [inode, pid] of pids) {
    owners.add(inode);
    owners.setPid(inode, pid);
  }
  return owners;
};

/** What a reader of the snapshot would see of these sockets. */
const rowsOf = (sockets: SocketList, owners = ownersOf([])) =>
  decodeReference(encodeTable('tcp2', sockets, owners));

test.each([
  ['IPv4', 'TCP', 2, 6],
  ['IPv6', 'TCP', 10, 6],
  ['IPv4', 'UDP', 2, 17],
  ['IPv6', 'UDP', 10, 17],
] as const)('asks for every socket of %s and %s in every state', (family, protocol, af, ipproto) => {
  const request = { family, protocol, states: ALL_STATES };
  expect([...encodeDumpRequest(request, 0x01020304)]).toEqual([
    ...u32(72),
    ...u16(20), // SOCK_DIAG_BY_FAMILY
    ...u16(0x301), // NLM_F_REQUEST | NLM_F_ROOT | NLM_F_MATCH
    ...u32(0x01020304),
    ...u32(0),
    af,
    ipproto,
    0, // no extensions
    0, // padding
    ...u32(0b1_1111_1111_1110), // states 1 to 12
    ...zeros(48),
  ]);
});

describe('reads sockets', () => {
  test('addresses and ports keep their network order, and the inode its 32 bits', () => {
    const { sockets, done, interrupted } = parseAll(socket(SSH), socket(LISTENER));
    expect({ done, interrupted }).toEqual({ done: false, interrupted: false });
    expect(inodesOf(sockets)).toEqual([0xfedcba98, 4242]);
    const owners = ownersOf([[4242, 0xfffffffe]]);
    expect(rowsOf(sockets, owners)).toEqual([
      {
        state: 5,
        localAddress: '192.168.1.20',
        localPort: 22,
        remoteAddress: '203.0.113.254',
        remotePort: 51_234,
        pid: 0,
        offload: 0,
      },
      {
        state: 2,
        localAddress: '0.0.0.0',
        localPort: 8080,
        remoteAddress: '0.0.0.0',
        remotePort: 0,
        pid: 0xfffffffe,
        offload: 0,
      },
    ]);
  });

  test('the upper halves of the ports are zero', () => {
    const bytes = encodeTable('tcp2', parseAll(socket(SSH)).sockets, ownersOf([]));
    expect(bytes.length).toBe(4 + 28);
    expect([...bytes.subarray(4 + 8, 4 + 12)]).toEqual([0, 22, 0, 0]);
    expect([...bytes.subarray(4 + 16, 4 + 20)]).toEqual([51_234 >>> 8, 51_234 & 0xff, 0, 0]);
  });

  const MIB_STATES: readonly (readonly [string, number, number])[] = [
    ['ESTABLISHED', 1, 5],
    ['SYN_SENT', 2, 3],
    ['SYN_RECV', 3, 4],
    ['FIN_WAIT1', 4, 6],
    ['FIN_WAIT2', 5, 7],
    ['TIME_WAIT', 6, 11],
    ['CLOSE', 7, 1],
    ['CLOSE_WAIT', 8, 8],
    ['LAST_ACK', 9, 10],
    ['LISTEN', 10, 2],
    ['CLOSING', 11, 9],
    ['NEW_SYN_RECV', 12, 4],
    ['BOUND_INACTIVE', 13, 100],
  ];
  test.each(MIB_STATES)('%s: Linux %i is MIB %i', (_name, linux, mib) => {
    expect(rowsOf(parseAll(socket({ ...SSH, state: linux })).sockets)[0]?.state).toBe(mib);
  });

  test.each([0, 14, 31, 255])('state %i has no meaning yet and keeps its number', (state) => {
    expect(rowsOf(parseAll(socket({ ...SSH, state })).sockets)[0]?.state).toBe(state);
  });

  test('attributes after the socket are passed over, also where they need padding', () => {
    const withAttribute = message(SOCK_DIAG, [...inetDiagMessage(SSH), ...u16(5), ...u16(8), 0]);
    const { sockets, done } = parseAll(withAttribute, socket(LISTENER), end);
    expect(inodesOf(sockets)).toEqual([SSH.inode, LISTENER.inode]);
    expect(done).toBe(true);
  });

  test('at an odd place of a larger buffer', () => {
    const bytes = datagram(socket(SSH), end);
    const larger = new Uint8Array(bytes.length + 10).fill(0x55);
    larger.set(bytes, 3);
    expect(parse(larger.subarray(3, 3 + bytes.length))).toEqual(parse(bytes));
  });

  test('NLMSG_NOOP is passed over; nothing after NLMSG_DONE is read', () => {
    expect(parseAll(message(NOOP, []), end, [1, 2, 3])).toMatchObject({
      sockets: { count: 0 },
      done: true,
      interrupted: false,
    });
    expect(parseAll(message(DONE, [])).done).toBe(true);
  });

  test('no sockets are a table of no rows', () => {
    expect([...encodeTable('tcp2', new SocketList('IPv4'), ownersOf([]))]).toEqual([0, 0, 0, 0]);
  });
});

describe('writes every table that Linux has', () => {
  const owners = ownersOf([[4242, 77]]);
  const linkLocal: SocketFields = {
    family: 10,
    state: 1,
    local: ['fe800000000000000000000000000001', 443],
    remote: ['fe80000000000000aabbccddeeff0102', 51_234],
    inode: 4242,
    uid: 1000,
    interface: 3,
  };
  /** A connection that an IPv6 listener accepted over IPv4, from a socket that is bound to an interface. */
  const mapped: SocketFields = {
    family: 10,
    state: 1,
    local: ['00000000000000000000ffff7f000001', 443],
    remote: ['00000000000000000000ffff0a000002', 51_234],
    inode: 5,
    uid: 0xffffffff,
    interface: 7,
  };
  const both = () => parse(datagram(socket(linkLocal), socket(mapped)), 'IPv6').sockets;
  const words = (bytes: Uint8Array | undefined) => {
    const copy = Uint8Array.from(bytes ?? []);
    return [...new Uint32Array(copy.buffer)];
  };

  test('tcp6-2, with zones and addresses as the kernel gives them', () => {
    expect(printReference(encodeTable('tcp6-2', both(), owners), 'tcp6-2')).toEqual([
      'state=5 local=[fe80:0:0:0:0:0:0:1%3]:443 remote=[fe80:0:0:0:aabb:ccdd:eeff:102%3]:51234 pid=77 offload=0',
      'state=5 local=[0:0:0:0:0:ffff:7f00:1%7]:443 remote=[0:0:0:0:0:ffff:a00:2%0]:51234 pid=0 offload=0',
    ]);
  });

  test('udp6-owner-pid', () => {
    expect(printReference(encodeTable('udp6-owner-pid', both(), owners), 'udp6-owner-pid')).toEqual([
      'local=[fe80:0:0:0:0:0:0:1%3]:443 pid=77',
      'local=[0:0:0:0:0:ffff:7f00:1%7]:443 pid=0',
    ]);
  });

  test('udp-owner-pid', () => {
    const { sockets } = parseAll(socket(SSH), socket(LISTENER));
    expect(printReference(encodeTable('udp-owner-pid', sockets, owners), 'udp-owner-pid')).toEqual([
      'local=192.168.1.20:22 pid=0',
      'local=0.0.0.0:8080 pid=77',
    ]);
  });

  test('the same tables for sockets that are only bound', () => {
    const { sockets } = parseAll(socket({ ...LISTENER, state: 7 }));
    expect(printReference(encodeTable('tcp2-bound', sockets, owners), 'tcp2-bound')).toEqual([
      'state=100 local=0.0.0.0:8080 remote=0.0.0.0:0 pid=77 offload=0',
    ]);
    const bound = parse(datagram(socket({ ...mapped, state: 7 })), 'IPv6').sockets;
    expect(printReference(encodeTable('tcp6-2-bound', bound, owners), 'tcp6-2-bound')).toEqual([
      'state=100 local=[0:0:0:0:0:ffff:7f00:1%7]:443 remote=[0:0:0:0:0:ffff:a00:2%0]:51234 pid=0 offload=0',
    ]);
  });

  test('what has no room in the rows goes beside them', () => {
    const extras = encodeExtras('tcp6-2', both());
    expect(Object.keys(extras)).toEqual(['uid', 'inode', 'interface']);
    expect(words(extras['uid'])).toEqual([1000, 0xffffffff]);
    expect(words(extras['inode'])).toEqual([4242, 5]);
    expect(words(extras['interface'])).toEqual([3, 7]);
  });

  test('of UDP also the remote ends', () => {
    const wide = encodeExtras('udp6-owner-pid', both());
    expect(Object.keys(wide)).toEqual(['uid', 'inode', 'interface', 'remoteAddress', 'remotePort']);
    expect([...wide['remoteAddress']!]).toEqual([
      ...networkAddress(linkLocal.remote[0]),
      ...networkAddress(mapped.remote[0]),
    ]);
    const port = [...networkPort(51_234), 0, 0];
    expect([...wide['remotePort']!]).toEqual([...port, ...port]);
    const { sockets } = parseAll(socket(SSH));
    expect([...encodeExtras('udp-owner-pid', sockets)['remoteAddress']!]).toEqual([203, 0, 113, 254]);
  });

  test('more sockets than a list begins with', () => {
    const sockets = new SocketList('IPv4');
    const count = 5000;
    for (let i = 0; i < count; i++) {
      readSockets(datagram(socket({ ...SSH, inode: i + 1 })), EXCHANGE, sockets);
    }
    expect(inodesOf(sockets)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
  });
});

describe('lengths are checked before anything is read', () => {
  test('a datagram cut at any byte gives its whole messages or an error, and never an end', () => {
    const whole = datagram(socket(SSH), socket(LISTENER), end);
    const boundaries = new Map([
      [88, 1],
      [176, 2],
    ]);
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.slice(0, length);
      const sockets = boundaries.get(length);
      if (sockets === undefined) expect(failure(() => parse(cut)).code, `${length}`).toBe('inconsistent');
      else expect(parse(cut)).toMatchObject({ sockets: { count: sockets }, done: false });
    }
    expect(parse(whole)).toMatchObject({ sockets: { count: 2 }, done: true });
  });

  test('a cut is not filled up from the buffer behind it', () => {
    const whole = datagram(socket(SSH), socket(LISTENER), end);
    for (let length = 0; length < whole.length; length++) {
      if (length === 88 || length === 176) continue;
      expect(failure(() => parse(whole.subarray(0, length))).code, `${length}`).toBe('inconsistent');
    }
  });

  test('an inet_diag_msg of any length below 72', () => {
    const bytes = inetDiagMessage(SSH);
    for (let length = 0; length < bytes.length; length++) {
      const error = failure(() => parseAll(message(SOCK_DIAG, bytes.slice(0, length)), end));
      expect(error.code).toBe('inconsistent');
      expect(error.message).toContain(`an inet_diag_msg of ${length} bytes where it needs 72`);
    }
  });

  test.each([0, 1, 15, 89, 92, 1000, 0x7fffffff, 0x80000000, 0xffffffff])('nlmsg_len %i', (length) => {
    const bytes = datagram(message(SOCK_DIAG, inetDiagMessage(SSH), { length }));
    const error = failure(() => parse(bytes));
    expect(error.code).toBe('inconsistent');
    expect(error.message).toBe(
      `The kernel's answer on NETLINK_SOCK_DIAG holds a message of ${length} bytes at offset 0, where 88 bytes remain.`,
    );
  });

  test('the offset in the message is that of the bad one', () => {
    const bytes = datagram(socket(SSH), message(SOCK_DIAG, inetDiagMessage(SSH), { length: 12 }));
    expect(failure(() => parse(bytes)).message).toContain('a message of 12 bytes at offset 88');
  });
});

describe('what is no answer to the request is refused', () => {
  test.each([
    ['an empty datagram', datagram(), 'an empty datagram'],
    ['IPv6', datagram(socket({ ...SSH, family: 10 })), 'the address family 10 where IPv4 (2)'],
    ['no family', datagram(socket({ ...SSH, family: 0 })), 'the address family 0 where IPv4 (2)'],
    ['another type', datagram(message(16, inetDiagMessage(SSH))), 'a message of the type 16'],
    ['lost messages', datagram(message(OVERRUN, [])), 'NLMSG_OVERRUN'],
    ['an acknowledgement', datagram(message(ERROR, i32(0))), 'an NLMSG_ERROR with the code 0'],
    ['an error without code', datagram(message(ERROR, [1, 0])), 'an NLMSG_ERROR of 2 bytes'],
    ['another request', datagram(message(DONE, i32(0), { sequence: 6 })), 'an answer to request 6 of port'],
    ['another socket', datagram(message(DONE, i32(0), { portId: 9 })), 'an answer to request 7 of port 9'],
  ])('%s', (_name, bytes, expected) => {
    const error = failure(() => parse(bytes));
    expect(error.code).toBe('inconsistent');
    expect(error.message).toContain(expected);
  });
});

describe('errors that the kernel reports', () => {
  test.each([
    ['EPERM', 1, 'no-permission', 'operation not permitted'],
    ['EACCES', 13, 'no-permission', 'permission denied'],
    ['ENOENT', 2, 'not-supported', 'no such file or directory'],
    ['EINVAL', 22, 'not-supported', 'invalid argument'],
    ['EOPNOTSUPP', 95, 'not-supported', 'operation not supported'],
    ['ENOMEM', 12, 'call-failed', 'cannot allocate memory'],
  ])('%s as NLMSG_ERROR and in NLMSG_DONE', (name, errno, code, text) => {
    const refused = failure(() => parseAll(message(ERROR, [...i32(-errno), ...zeros(16)])));
    expect(refused).toMatchObject({ code, systemCode: errno });
    expect(refused.message).toContain(`The NETLINK_SOCK_DIAG request failed: ${name} (${text}). `);

    const ended = failure(() => parseAll(socket(SSH), message(DONE, i32(-errno))));
    expect(ended).toMatchObject({ code, systemCode: errno });
    expect(ended.message).toContain(`(NETLINK_SOCK_DIAG) failed: ${name} (${text}). `);
  });

  test('a number without a name', () => {
    const error = failure(() => parseAll(message(ERROR, i32(-4095))));
    expect(error).toMatchObject({ code: 'call-failed', systemCode: 4095 });
    expect(error.message).toContain('failed: errno 4095 (see errno(3)). ');
  });
});

describe('a dump', () => {
  /** Plays one list of datagrams for each request; the last list repeats. Answers carry the request's own number. */
  function scriptedKernel(...dumps: readonly ((exchange: Exchange) => Uint8Array[])[]) {
    const sequences: number[] = [];
    let queue: Uint8Array[] = [];
    const kernel: NetlinkSocket = {
      portId: 99,
      send(request) {
        expect(queue, 'the dump before was read to its end').toEqual([]);
        const sequence = new DataView(request.buffer).getUint32(8, true);
        sequences.push(sequence);
        queue = dumps[Math.min(sequences.length, dumps.length) - 1]!({ sequence, portId: 99 });
      },
      receive() {
        const next = queue.shift();
        if (next === undefined) throw new Error('read after the end of the dump');
        return next;
      },
      close() {},
    };
    return { kernel, sequences };
  }
  const part = (fields: SocketFields, flags: number) => (exchange: Exchange) =>
    datagram(message(SOCK_DIAG, inetDiagMessage(fields), { ...exchange, flags }));
  const last = (flags: number) => (exchange: Exchange) =>
    datagram(message(DONE, i32(0), { ...exchange, flags }));
  const answers =
    (...parts: readonly ((exchange: Exchange) => Uint8Array)[]) =>
    (exchange: Exchange) =>
      parts.map((make) => make(exchange));

  const clean = answers(part(SSH, MULTI), part(LISTENER, MULTI), last(MULTI));
  const interruptedAtFirst = answers(part(LISTENER, MULTI | DUMP_INTR), part(SSH, MULTI), last(MULTI));
  const interruptedAtEnd = answers(part(LISTENER, MULTI), last(MULTI | DUMP_INTR));

  test('joins its datagrams in the kernel order', () => {
    const { kernel, sequences } = scriptedKernel(clean);
    const { sockets, dumps } = dumpSockets(kernel, TCP4);
    expect(inodesOf(sockets)).toEqual([SSH.inode, LISTENER.inode]);
    expect(dumps).toBe(1);
    expect(sequences).toEqual([1]);
  });

  test('that was interrupted, wherever the flag stands, is taken again as a whole', () => {
    const { kernel, sequences } = scriptedKernel(interruptedAtFirst, interruptedAtEnd, clean);
    const { sockets, dumps } = dumpSockets(kernel, TCP4);
    expect(inodesOf(sockets)).toEqual([SSH.inode, LISTENER.inode]);
    expect(dumps).toBe(3);
    expect(sequences).toEqual([1, 2, 3]);
  });

  test('that is interrupted again and again ends as unstable', () => {
    const { kernel, sequences } = scriptedKernel(interruptedAtEnd);
    const error = failure(() => dumpSockets(kernel, TCP4));
    expect(error.code).toBe('unstable');
    expect(error.message).toBe(
      "The kernel's table of TCP sockets over IPv4 changed during each of 10 dumps (NLM_F_DUMP_INTR). Capture again.",
    );
    expect(sequences).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('an error in a later datagram is not a shorter table', () => {
    const failing = answers(part(SSH, MULTI), (exchange) => datagram(message(ERROR, i32(-12), exchange)));
    expect(failure(() => dumpSockets(scriptedKernel(failing).kernel, TCP4)).code).toBe('call-failed');
  });
});
