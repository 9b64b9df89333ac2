/** What an operator should do about a condition; '' where its own sentence says it. */
export function advice({ code, facts }) {
    switch (code) {
        case 'duplicate-id':
            return 'stop one of them';
        case 'duel':
            return 'look at the network between the two';
        case 'config':
            return `make ${facts.quorum ? '--voter' : '--voter, --preempt, the address and the cloud'} the same on all`;
        case 'foreign':
            return 'add that machine to the group, release the address, or use --foreign steal';
        case 'group':
            return 'add this machine to the group, or check -G';
        case 'group-size':
            return 'use a smaller group';
        case 'never-heard':
            return 'is ha-ip running there, and may UDP pass between the members in both directions?';
        case 'never-heard-holder':
            return 'open its UDP port to this machine';
        case 'not-delivered':
            return facts.advice ? '' : 'look at the address in the portal of the cloud';
        case 'priority':
            return 'give each node its own with -P';
        case 'api':
        case 'exoip':
        case 'members-unknown':
        case 'minority':
            return '';
    }
}
