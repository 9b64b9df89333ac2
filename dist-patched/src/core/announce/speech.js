export function newSpeech(now) {
    return { sequence: 0, nextBeatAt: now, announced: null };
}
export function copySpeech(speech) {
    return {
        sequence: speech.sequence,
        nextBeatAt: speech.nextBeatAt,
        announced: speech.announced,
    };
}
