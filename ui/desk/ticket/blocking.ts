// What keeps a text from being sent. Pure.

export interface Placeholder {
	text: string;
	start: number;
	end: number;
}

/** {{name}} and %%name%% that nobody has filled in. */
export function placeholders(text: string): Placeholder[] {
	const out: Placeholder[] = [];
	for (const m of text.matchAll(/\{\{[^{}\n]*\}\}|%%[^%\n]+%%/g))
		out.push({ text: m[0], start: m.index, end: m.index + m[0].length });
	return out;
}

/**
 * The text with {{name}} and {{name|words}} filled in where the page knows the name; the words
 * stand for a value that is empty. What is unknown, or empty without words, stays and blocks.
 * `caret` moves along with the text around it.
 */
export function fillIn(text: string, caret: number, known: Readonly<Record<string, string>>): { text: string; caret: number } {
	let out = '';
	let at = 0;
	let moved = caret;
	for (const h of placeholders(text)) {
		const [name = '', ...words] = h.text.startsWith('{{') ? h.text.slice(2, -2).split('|') : [];
		const key = name.trim();
		const value = Object.hasOwn(known, key) ? known[key]!.trim() || words.join('|').trim() : '';
		if (!value) continue;
		out += text.slice(at, h.start) + value;
		if (caret >= h.end) moved += value.length - h.text.length;
		else if (caret > h.start) moved = out.length;
		at = h.end;
	}
	return { text: out + text.slice(at), caret: moved };
}

export type Block = 'empty' | 'placeholder' | 'uploading' | 'upload_failed' | 'no_recipient' | 'bad_address' | 'no_subject' | null;

export interface Outgoing {
	text: string;
	uploads: readonly { state: 'going' | 'done' | 'failed' }[];
	/** Addresses as they stand; null when the server fills them in. */
	recipients: readonly string[] | null;
	needsSubject?: boolean;
	subject?: string;
}

/** The first reason, in the order in which a person would mend them. */
export function blockOf(o: Outgoing, isAddress: (s: string) => boolean): Block {
	if (o.recipients && o.recipients.length === 0) return 'no_recipient';
	if (o.recipients && !o.recipients.every(isAddress)) return 'bad_address';
	if (o.needsSubject && !o.subject?.trim()) return 'no_subject';
	if (!o.text.trim()) return 'empty';
	if (placeholders(o.text).length) return 'placeholder';
	if (o.uploads.some((u) => u.state === 'failed')) return 'upload_failed';
	if (o.uploads.some((u) => u.state === 'going')) return 'uploading';
	return null;
}
