import type { Family } from '../../core/index.js';

/** Bytes of a struct inet_diag_msg (linux/inet_diag.h). */
export const SOCKET_BYTES = 72;
const SOCKET_WORDS = SOCKET_BYTES / 4;

/**
 * Sockets as the kernel describes them, in its own bytes: a struct inet_diag_msg each. Ports and addresses are in network order, the rest
 * is in host order, which is little-endian on every processor that koffi runs on.
 *
 *     0   u8  family    1  u8  state    2  u8  timer    3  u8  retransmits
 *     4   u16 local port                6  u16 remote port
 *     8   16 bytes local address: IPv4 uses the first four
 *     24  16 bytes remote address
 *     40  u32 interface, u32 cookie[2]
 *     52  u32 expires, u32 receive queue, u32 send queue, u32 uid
 *     68  u32 inode
 *
 * Tens of thousands come with each dump, so none of them becomes an object.
 */
export class SocketList {
  #family: Family;
  #count = 0;
  #words = new Uint32Array(1024 * SOCKET_WORDS);

  constructor(family: Family) {
    this.#family = family;
  }

  /** Of all of them. */
  get family(): Family {
    return this.#family;
  }

  get count(): number {
    return this.#count;
  }

  /** Makes room for others: a recording's ticks, each of which has about as many, need not take memory again and again. */
  clear(family: Family): void {
    this.#family = family;
    this.#count = 0;
  }

  /** Takes the socket that begins with this word. The caller has checked that it is all there. */
  add(datagram: Uint32Array, word: number): void {
    const at = this.#count * SOCKET_WORDS;
    if (at === this.#words.length) this.#grow();
    for (let i = 0; i < SOCKET_WORDS; i++) this.#words[at + i] = datagram[word + i]!;
    this.#count++;
  }

  #grow(): void {
    const larger = new Uint32Array(this.#words.length * 2);
    larger.set(this.#words);
    this.#words = larger;
  }

  /** Linux's number of the state (net/tcp_states.h), 1 to 13. */
  state(i: number): number {
    return (this.#words[i * SOCKET_WORDS]! >>> 8) & 0xff;
  }

  /** Two bytes in network order, read as a little-endian u16, so that writing it so gives the same bytes. */
  localPort(i: number): number {
    return this.#words[i * SOCKET_WORDS + 1]! & 0xffff;
  }

  remotePort(i: number): number {
    return this.#words[i * SOCKET_WORDS + 1]! >>> 16;
  }

  /** Four bytes in network order, read as a little-endian u32: the first of four words, of which IPv4 has only this. */
  localAddress(i: number, word = 0): number {
    return this.#words[i * SOCKET_WORDS + 2 + word]!;
  }

  remoteAddress(i: number, word = 0): number {
    return this.#words[i * SOCKET_WORDS + 6 + word]!;
  }

  /** Index of the interface that the socket is bound to; 0 where it is to none. */
  interfaceIndex(i: number): number {
    return this.#words[i * SOCKET_WORDS + 10]!;
  }

  uid(i: number): number {
    return this.#words[i * SOCKET_WORDS + 16]!;
  }

  /** Inode number of the socket; 0 where no process can have it open: TIME_WAIT, SYN_RECV, closed by its process, not accepted yet. */
  inode(i: number): number {
    return this.#words[i * SOCKET_WORDS + 17]!;
  }
}
