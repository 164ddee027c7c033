import { Option, type Command } from 'commander';
import { parseSortKey } from '../../core/table/fields.js';
import {
  countByOption,
  countOption,
  orInvalid,
  snapshotOption,
  sortOption,
  splitList,
  tableOption,
} from './options.js';
import { show, SHOW_DEFAULTS } from './show.js';
import { FORMATS, type ShowOptions } from './showing.js';

export function addShow(program: Command): void {
  program
    .command('show')
    .summary('print the connections of a snapshot')
    .description('Prints the connections that snapshot files hold.')
    .argument('<file...>', 'snapshot files; - is standard input')
    .addOption(
      sortOption(
        parseSortKey,
        'sort by these fields, "-" before one for descending (default: local address, local port, remote address, remote port)',
      ),
    )
    .option('--where <expression>', 'print only the rows that match (see below)')
    .addOption(countByOption())
    .addOption(new Option('--columns <names>', 'print these columns').argParser(orInvalid(splitList)))
    .addOption(
      snapshotOption('which snapshot: a number from 0, -1 for the last, a time, or all').default(
        SHOW_DEFAULTS.snapshot,
        'the last',
      ),
    )
    .addOption(new Option('--format <format>', 'how to print').choices(FORMATS).default(SHOW_DEFAULTS.format))
    .addOption(countOption('--limit <n>', 'print at most so many rows or counts'))
    .option('--no-header', 'print rows only, without header and closing line')
    .addOption(tableOption('read a bare dump of one raw table of this class'))
    .addHelpText('after', HELP)
    .action(async (files: string[], _options, command: Command) => {
      process.exitCode = await show(files, command.optsWithGlobals<ShowOptions>());
    });
}

const HELP = `
Fields:      protocol family state local lport remote rport pid process offload, to sort and select by;
             owner created module uid inode interface lastpid lastprocess lastsnapshot lporthigh rporthigh,
             where the snapshot tells them
Where:       = != < <= > >= in, not in; and or not ( ); 10.0.0.0/8, 10.1., 49152..65535, svc*, "a b";
             without a field: a port :443, an address, a state, or a part of a process's name
Columns:     protocol family state stateName localAddress localPort remoteAddress remotePort
             pid process offload offloadName; owner created module uid inode interface lastPid
             lastProcess lastSnapshot localPortHigh remotePortHigh; for the table also local and remote, with their ports

Examples:
  tcpscope show web01.tcpsnap
  tcpscope show --sort state,-rport --limit 20 web01.tcpsnap
  tcpscope show --where "remote in 10.0.0.0/8 and rport not in 80, 443, 8000..8999" web01.tcpsnap
  tcpscope show --where ":443 chrome" web01.tcpsnap
  tcpscope show --where LISTEN --format csv --columns localAddress,localPort,process *.tcpsnap > listeners.csv
  tcpscope show --count-by process,remote/24 --limit 10 web01.tcpsnap
  tcpscope show --table tcp2 gettcptable2.bin`;
