import type { Condition, Facts } from './condition.ts';

/** What is wrong, in one sentence. What to do about it is said by whoever knows the options. */
export function describeCondition({ code, subject, facts }: Condition): string {
  switch (code) {
    case 'api':
      return `${facts.message}`;
    case 'duplicate-id':
      return `${subject} advertises our own node id ${facts.node}: two machines were given the same id`;
    case 'duel':
      return `${facts.taker} took the address twice and is not heard: leaving it there`;
    case 'exoip':
      return `${facts.peer} runs exoip, which knows no quorum: it may hold beside us`;
    case 'config':
      return `${facts.peer} has other settings than this node, where all must agree`;
    case 'foreign':
      return `the address is held by ${facts.holder}, which is no member of the group: it stays there`;
    case 'group':
      return `the cloud names ${named(facts)} in the group: the list known before stays`;
    case 'group-size':
      return `the group has ${facts.total} other members: only the first ${facts.heard} are heard`;
    case 'members-unknown':
      return 'the members of the group are not known yet: this node takes no part';
    case 'minority':
      return `cut off from the majority of the voters: ${powerless(facts)}`;
    case 'never-heard':
      return `never heard ${facts.peer}`;
    case 'never-heard-holder':
      return (
        `${facts.holder} holds the address, its machine runs, and it was never heard: ` +
        `waiting ${seconds(facts)} for it`
      );
    case 'not-delivered':
      return `associated by the API, but no traffic may arrive${facts.advice ? `: ${facts.advice}` : ''}`;
    case 'priority':
      return `${facts.peer} has our priority ${facts.priority}: ${facts.first} ranks first (${whyFirst(facts)})`;
  }
}

function named(facts: Facts): string {
  return facts.named === 0 ? 'no member at all' : `${facts.named} members without this machine`;
}

function powerless({ witness }: Facts): string {
  return witness ? 'its vote helps nobody' : 'this node can neither take the address nor keep it';
}

function whyFirst({ exoip }: Facts): string {
  return exoip ? 'an exoip node does not yield' : 'the lower node id wins';
}

function seconds({ waitMs }: Facts): string {
  return `${Math.round(Number(waitMs) / 1000)} s`;
}
