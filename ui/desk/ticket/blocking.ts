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
