// The thread as it is read: messages and what happened between them, in order. Pure.
import type { Event, Message } from '../../shared/api_types';
import type { Sentence } from './events';

export interface Happening {
	id: number;
	at: string;
	sentence: Sentence;
}
export type Item =
	| { kind: 'message'; key: string; message: Message }
	/** Happenings in a row; more than two are folded. */
	| { kind: 'events'; key: string; list: Happening[] }
	/** Above the first message that this reader has not seen. */
	| { kind: 'new'; key: 'new' };

export function happenings(events: readonly Event[], sentence: (e: Event) => Sentence | null): Happening[] {
	const out: Happening[] = [];
	for (const e of events) {
		const s = sentence(e);
		if (s) out.push({ id: e.id, at: e.at, sentence: s });
	}
	return out;
}

/**
 * `readTo` is the newest message that was read when the ticket was opened; 0 = none, then
 * there is no line: all of it is new. Events before the oldest loaded message wait with it.
 */
export function timeline(
	messages: readonly Message[],
	events: readonly Happening[],
	readTo: number,
	meId: number,
	complete: boolean,
): Item[] {
	const out: Item[] = [];
	const from = complete || !messages.length ? '' : messages[0]!.created_at;
	const pending = events.filter((e) => !from || Date.parse(e.at) >= Date.parse(from));
	let i = 0;
	let marked = readTo === 0;
	const flush = (before: number) => {
		const list: Happening[] = [];
		while (i < pending.length && Date.parse(pending[i]!.at) < before) list.push(pending[i++]!);
		if (list.length) out.push({ kind: 'events', key: `e${list[0]!.id}`, list });
	};
	for (const m of messages) {
		flush(Date.parse(m.created_at));
		if (!marked && m.id > readTo && m.account_id !== meId) {
			marked = true;
			if (out.length) out.push({ kind: 'new', key: 'new' });
		}
		out.push({ kind: 'message', key: `m${m.id}`, message: m });
	}
	flush(Infinity);
	return out;
}
