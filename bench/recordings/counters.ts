import type { Statistics } from 'tcpscope';
import type { Machine } from './machine.js';

/** Names of /proc/net/netstat, of which most count little. */
const TCP_EXT = (
  'SyncookiesSent SyncookiesRecv SyncookiesFailed EmbryonicRsts PruneCalled RcvPruned OfoPruned ' +
  'OutOfWindowIcmps LockDroppedIcmps ArpFilter TW TWRecycled TWKilled PAWSActive PAWSEstab DelayedACKs ' +
  'DelayedACKLocked DelayedACKLost ListenOverflows ListenDrops TCPHPHits TCPPureAcks TCPHPAcks TCPRenoRecovery ' +
  'TCPSackRecovery TCPSACKReneging TCPSACKReorder TCPRenoReorder TCPTSReorder TCPFullUndo TCPPartialUndo ' +
  'TCPDSACKUndo TCPLossUndo TCPLostRetransmit TCPRenoFailures TCPSackFailures TCPLossFailures TCPFastRetrans ' +
  'TCPSlowStartRetrans TCPTimeouts TCPLossProbes TCPLossProbeRecovery TCPRenoRecoveryFail TCPSackRecoveryFail ' +
  'TCPRcvCollapsed TCPBacklogCoalesce TCPDSACKOldSent TCPDSACKOfoSent TCPDSACKRecv TCPDSACKOfoRecv ' +
  'TCPAbortOnData TCPAbortOnClose TCPAbortOnMemory TCPAbortOnTimeout TCPAbortOnLinger TCPAbortFailed ' +
  'TCPMemoryPressures TCPSACKDiscard TCPDSACKIgnoredOld TCPDSACKIgnoredNoUndo TCPSpuriousRTOs TCPMD5NotFound ' +
  'TCPSackShifted TCPSackMerged TCPSackShiftFallback TCPBacklogDrop TCPRetransFail TCPRcvCoalesce TCPOFOQueue ' +
  'TCPOFODrop TCPOFOMerge TCPChallengeACK TCPSYNChallenge TCPFastOpenActive TCPSpuriousRtxHostQueues BusyPollRxPackets ' +
  'TCPAutoCorking TCPFromZeroWindowAdv TCPToZeroWindowAdv TCPWantZeroWindowAdv TCPSynRetrans TCPOrigDataSent ' +
  'TCPHystartTrainDetect TCPHystartTrainCwnd TCPACKSkippedSynRecv TCPKeepAlive TCPDelivered TCPAckCompressed'
).split(' ');

/** The counters that move all the time. */
const BUSY = [
  'TW',
  'DelayedACKs',
  'TCPHPHits',
  'TCPPureAcks',
  'TCPHPAcks',
  'TCPRcvCoalesce',
  'TCPAutoCorking',
];

export function countersOf({ counters, sockets, tick }: Machine): Statistics[] {
  const { activeOpens, passiveOpens, inSegs, outSegs } = counters;
  const established = sockets.filter(({ state }) => state === 5).length;
  const tcp = {
    RtoAlgorithm: 1,
    RtoMin: 200,
    RtoMax: 120_000,
    MaxConn: -1,
    ActiveOpens: activeOpens,
    PassiveOpens: passiveOpens,
    AttemptFails: 1203 + Math.floor(tick / 7),
    EstabResets: 4071 + Math.floor(tick / 3),
    CurrEstab: established,
    InSegs: inSegs,
    OutSegs: outSegs,
    RetransSegs: 20_991 + Math.floor(outSegs / 2000),
    InErrs: 12,
    OutRsts: 9833 + tick,
    InCsumErrors: 0,
  };
  const udp = {
    InDatagrams: 551_112 + tick * 9,
    NoPorts: 311,
    InErrors: 0,
    OutDatagrams: 551_400 + tick * 9,
    RcvbufErrors: 0,
    SndbufErrors: 0,
  };
  const extended = TCP_EXT.map((name, i): [string, number] => [
    name,
    BUSY.includes(name) ? 10_000 + Math.floor((inSegs * (i + 1)) / 97) : i % 3 === 0 ? i * 17 : 0,
  ]);
  return [
    { source: '/proc/net/snmp', name: 'Tcp', counters: tcp },
    { source: '/proc/net/snmp', name: 'Udp', counters: udp },
    { source: '/proc/net/netstat', name: 'TcpExt', counters: Object.fromEntries(extended) },
  ];
}
