import { Side, STATE_LISTEN, u16At, u32At } from './side';

/** Copies `count` rows of a table, whose numbers are in a list, to columns of their own. Remote ends of listeners become zero. */
export function gatherRows(from: usize, list: usize, count: u32, to: usize): void {
  const source = changetype<Side>(from);
  const target = changetype<Side>(to);
  for (let i: usize = 0; i < <usize>count; i++) {
    const row = load<u32>(list + (i << 2));
    const state = u32At(source.state, row);
    const listens = state == STATE_LISTEN;
    store<u32>(target.state + (i << 2), state);
    store<u32>(target.pid + (i << 2), u32At(source.pid, row));
    store<u32>(target.local + (i << 2), u32At(source.local, row));
    store<u16>(target.localPort + (i << 1), u16At(source.localPort, row));
    store<u32>(target.remote + (i << 2), listens ? 0 : u32At(source.remote, row));
    store<u16>(target.remotePort + (i << 1), listens ? 0 : u16At(source.remotePort, row));
  }
}
