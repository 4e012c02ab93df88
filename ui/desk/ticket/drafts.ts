// Drafts in the browser's own store, by person and ticket. Old ones go after a month.
import type { AddressIn, Upload } from '../../shared/api_types';

export type Tab = 'reply' | 'note' | 'side';

export interface Draft {
	tab: Tab;
	texts: Record<Tab, string>;
	to: AddressIn[] | null;
	cc: AddressIn[] | null;
	bcc: AddressIn[];
	thread: number | null;
	sideTo: AddressIn[];
	sideSubject: string;
	forward: number[];
	uploads: Upload[];
	idem: string;
}

interface Place {
	account: number;
	ticket: number | 'new';
}
const MONTH = 30 * 86_400_000;
const keyOf = (p: Place) => `otklik.draft.${p.account}.${p.ticket}`;

export function readDraft<T = Draft>(p: Place): T | null {
	try {
		const v = JSON.parse(localStorage.getItem(keyOf(p)) ?? 'null') as { at: number; draft: T } | null;
		return v && Date.now() - v.at < MONTH ? v.draft : null;
	} catch {
		return null;
	}
}

export function writeDraft<T = Draft>(p: Place, draft: T): void {
	const text = JSON.stringify({ at: Date.now(), draft });
	try {
		localStorage.setItem(keyOf(p), text);
	} catch {
		sweep(0);
		try {
			localStorage.setItem(keyOf(p), text);
		} catch {
			// The store is full of other things: the page itself still holds the text.
		}
	}
}

export function clearDraft(p: Place): void {
	localStorage.removeItem(keyOf(p));
}

/** Drops drafts older than a month; always the oldest `extra` ones too. */
function sweep(extra: number): void {
	const all: [string, number][] = [];
	for (let i = 0; i < localStorage.length; i++) {
		const k = localStorage.key(i)!;
		if (!k.startsWith('otklik.draft.')) continue;
		let at = 0;
		try {
			at = (JSON.parse(localStorage.getItem(k)!) as { at: number }).at;
		} catch {
			// Unreadable: the oldest of all.
		}
		all.push([k, at]);
	}
	all.sort((a, b) => a[1] - b[1]);
	all.forEach(([k, at], i) => {
		if (i < extra || Date.now() - at > MONTH) localStorage.removeItem(k);
	});
}
