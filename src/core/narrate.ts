import { describeCondition } from './conditions/words.ts';
import type { ClaimReason, Report } from './reports.ts';

/** One report in one sentence: the same words in the log, the status and the transcripts of tests. */
export function narrate(report: Report): string {
  switch (report.kind) {
    case 'role':
      return `${report.from} -> ${report.to}: ${report.why}`;
    case 'takeover':
      return takeover(report);
    case 'peer':
      return `peer ${report.peer} ${peerChange[report.change]}${report.detail ? ` (${report.detail})` : ''}`;
    case 'write':
      return `${report.what} failed: ${report.message}`;
    case 'condition':
      return `${report.change === 'began' ? '' : 'over: '}${describeCondition(report)}`;
    case 'notice':
      return report.message;
  }
}

const peerChange = {
  heard: 'is heard',
  silent: 'fell silent',
  refused: 'is gone: its host refuses our probes',
  left: 'has left',
  back: 'is back',
  leaving: 'is leaving',
  restarting: 'is restarting',
  added: 'joined the group',
  removed: 'left the group',
} as const;

const reasons: Record<ClaimReason, string> = {
  dead: 'dead',
  resign: 'let go',
  preempt: 'preempted',
  handover: 'handed over',
};

function takeover(report: Report & { kind: 'takeover' }): string {
  const ms = (value: number) => `${Math.round(value)} ms`;
  const lost = [
    report.silentMs === null ? null : `silent for ${ms(report.silentMs)}`,
    report.refusedMs === null ? null : `refused for ${ms(report.refusedMs)}`,
  ].filter((part) => part !== null);
  // A holder that was found to hold no more has not died.
  const reason = report.why === 'dead' && lost.length === 0 ? 'held it no more' : reasons[report.why];
  const why = report.from === null ? '' : ` (${[reason, ...lost].join(', ')})`;
  const phases = [
    `read ${ms(report.readMs)}`,
    report.associateMs === null ? 'already ours' : `associate ${ms(report.associateMs)}`,
    report.acceptedMs === null ? null : `accepted after ${ms(report.acceptedMs)}`,
    `verified ${ms(report.verifiedMs)}`,
    `total ${ms(report.totalMs)}`,
  ].filter((part) => part !== null);
  return `took over from ${report.from ?? 'nobody'}${why}: ${phases.join(', ')}`;
}
