export function newSpeech(now) {
    return { sequence: 0, nextBeatAt: now, announced: null };
}
