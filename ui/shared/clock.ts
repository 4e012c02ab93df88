// The clock of somebody who waits. Pure.
//
// A message without an answer starts it; the limit is a day. It is grey, amber in the
// last two hours, red when the day is over.

export const LIMIT_MS = 24 * 3_600_000;
export const SOON_MS = 2 * 3_600_000;

export type ClockState = 'fine' | 'soon' | 'late';

export interface Clock {
	state: ClockState;
	/** How much of the limit is used, 0 to 100. */
	filled: number;
	due: Date;
	/** Until the limit; negative when it has passed. */
	left: number;
}

export function clockOf(waitingSince: string, nowMs: number): Clock {
	const since = Date.parse(waitingSince);
	const due = since + LIMIT_MS;
	const left = due - nowMs;
	const filled = Math.round(Math.min(100, Math.max(0, ((nowMs - since) / LIMIT_MS) * 100)));
	const state: ClockState = left < 0 ? 'late' : left <= SOON_MS ? 'soon' : 'fine';
	return { state, filled, due: new Date(due), left };
}
