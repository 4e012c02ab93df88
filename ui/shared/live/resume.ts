// What a live connection must remember, apart from any socket. Pure.
import type { Event } from '../api_types';

/** The place in the event log: everything up to it has been handled. */
export class Cursor {
	constructor(public last: number) {}

	/** The server begins here; true when what is shown must be loaded anew. */
	greet(hello: Hello): boolean {
		if (hello.reset) this.last = hello.cursor;
		else this.last = Math.max(this.last, hello.cursor);
		return hello.reset;
	}

	/** The events of a batch that are new, in order; moves the place. */
	take(batch: readonly Event[]): Event[] {
		const fresh: Event[] = [];
		for (const e of [...batch].sort((a, b) => a.id - b.id)) {
			if (e.id <= this.last) continue;
			this.last = e.id;
			fresh.push(e);
		}
		return fresh;
	}
}

/** The first word of the server: all up to the cursor is known; with reset, too much was missed. */
export interface Hello {
	cursor: number;
	reset: boolean;
}

export function parseHello(text: string): Hello | null {
	if (!text.startsWith('{"type":"hello"')) return null;
	const v = JSON.parse(text) as Partial<Hello>;
	return typeof v.cursor === 'number' ? { cursor: v.cursor, reset: v.reset === true } : null;
}

/** One frame or one data field: an event, a list of events, or a page of them. Anything else is nothing. */
export function parseFrame(text: string): Event[] {
	let v: unknown;
	try {
		v = JSON.parse(text);
	} catch {
		return [];
	}
	const list = Array.isArray(v) ? v : v && typeof v === 'object' && Array.isArray((v as { items?: unknown }).items)
		? (v as { items: unknown[] }).items
		: [v];
	return list.filter((e): e is Event => !!e && typeof e === 'object' && typeof (e as Event).id === 'number' && typeof (e as Event).type === 'string');
}

/** Waiting before the next attempt: 1, 2, 4 ... 30 s, each 50-100 % of it at random. */
export class Backoff {
	private n = 0;
	constructor(private readonly random: () => number = Math.random) {}
	next(): number {
		const full = Math.min(30_000, 1000 * 2 ** this.n++);
		return full * (0.5 + this.random() / 2);
	}
	reset(): void {
		this.n = 0;
	}
}

/** Two WebSockets in a row that never opened: something between us does not pass them. */
export class Transport {
	private failed = 0;
	kind: 'socket' | 'stream' = 'socket';
	opened(): void {
		this.failed = 0;
	}
	neverOpened(): void {
		if (this.kind === 'socket' && ++this.failed >= 2) this.kind = 'stream';
	}
}
